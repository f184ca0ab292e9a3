import Kubernetes
import Testing

@Suite struct `A quantity` {
    @Test(arguments: [
        ("0", "0"), ("100m", "100m"), ("1000m", "1"), ("0.5", "500m"), ("1.5Gi", "1536Mi"), ("1024Ki", "1Mi"),
        ("1000", "1k"), ("1500", "1500"), ("12e6", "12e6"), ("1200e3", "1200e3"), ("1E3", "1e3"), ("1E", "1E"),
        ("0.1Ki", "102400m"), ("-1Ki", "-1Ki"), ("+5", "5"), (".5", "500m"), ("5.", "5"), ("1n", "1n"), ("0.1n", "1n"),
        ("9223372036854775807", "9223372036854775807"), ("99999999999999999999", "9223372036854775807"),
        ("1e-3", "1e-3"), ("2Ei", "2Ei"), ("0.5Mi", "512Ki"), ("1.0000000001", "1000000001n"), ("0Mi", "0"),
        ("1e30", "9223372036854775807e0"),
    ])
    func `is written in its canonical form`(text: String, canonical: String) throws {
        let expected = canonical.hasSuffix("e0") ? String(canonical.dropLast(2)) : canonical
        #expect(try #require(Quantity(text)).description == expected)
    }

    @Test(arguments: [
        "", " ", "-", ".", "1 Gi", "1GiB", "Gi", "1e", "1e1.5", "0x10", "1,5", "١", "--1", "1mm", "1.2.3",
    ])
    func `is not made of anything else`(text: String) { #expect(Quantity(text) == nil) }

    @Test(arguments: [
        ("100m", 100, 1), ("1500m", 1500, 2), ("1Ki", 1_024_000, 1024), ("1n", 1, 1), ("-100m", -100, -1),
    ])
    func `rounds away from zero`(text: String, milli: Int64, value: Int64) throws {
        let quantity = try #require(Quantity(text))
        #expect(quantity.milliValue == milli)
        #expect(quantity.value == value)
    }

    @Test func `compares by amount`() throws {
        #expect(try #require(Quantity("1000m")) < #require(Quantity("1001m")))
        #expect(try #require(Quantity("1Ki")) > #require(Quantity("1k")))
    }
}

@Suite struct `A duration of Go` {
    @Test(arguments: [
        ("1m30s", 90_000_000_000, "1m30s"), ("20s", 20_000_000_000, "20s"), ("1.5h", 5_400_000_000_000, "1h30m0s"),
        ("0s", 0, "0s"), ("0", 0, "0s"), ("300ms", 300_000_000, "300ms"), ("-2s", -2_000_000_000, "-2s"),
        ("1h", 3_600_000_000_000, "1h0m0s"), ("10us", 10_000, "10µs"), ("2m40s", 160_000_000_000, "2m40s"),
    ])
    func `is read and written`(text: String, nanoseconds: Int64, written: String) throws {
        let duration = try #require(GoDuration(text))
        #expect(duration.value == .nanoseconds(nanoseconds))
        #expect(duration.description == written)
    }

    @Test(arguments: ["", "1", "s", "1x", "1m 2s", "-", "999999999h", ".s", "1..5s"])
    func `is not made of anything else`(text: String) { #expect(GoDuration(text) == nil) }
}

@Suite struct `A time` {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
        ("2026-11-21T03:51:13Z", 1_795_233_073, "2026-11-21T03:51:13Z"),
        ("2026-11-21T03:51:13.007316504Z", 1_795_233_073, "2026-11-21T03:51:13Z"),
        ("2024-02-29T23:59:59+01:00", 1_709_247_599, "2024-02-29T22:59:59Z"),
        ("1969-12-31T23:59:59Z", -1, "1969-12-31T23:59:59Z"),
    ])
    func `is read and written as RFC 3339`(text: String, seconds: Int64, written: String) throws {
        let time = try #require(Time(rfc3339: text))
        #expect(time.seconds == seconds)
        #expect(time.description == written)
    }

    @Test(arguments: ["", "2026-11-21", "2026-13-01T00:00:00Z", "2026-11-21T25:00:00Z", "2026-11-21T03:51:13", "x"])
    func `is not made of anything else`(text: String) { #expect(Time(rfc3339: text) == nil) }
}
