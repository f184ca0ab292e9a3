import ArgumentParser
import JSONText
import Kubernetes
import Server

/// How an answer is printed.
struct OutputOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, wide, name, json, yaml
    }

    @Option(
        name: .shortAndLong,
        help: "How to print the answer: \(Format.allCases.map(\.rawValue).joined(separator: ", ")).")
    var output = Format.table

    var isWide: Bool { output == .wide }

    /// Prints `value` as data if that was asked for, else its names or what `text` makes of it.
    func show(_ value: some Encodable, names: @autoclosure () -> [String], text: @autoclosure () -> String) throws {
        switch output {
        case .json: Terminal.show(String(decoding: try ControlJSON.encode(value, pretty: true), as: UTF8.self))
        case .yaml: Terminal.show(try JSONWriter.write(value).yaml())
        case .name: Terminal.show(names().joined(separator: "\n"))
        case .table, .wide: Terminal.show(text())
        }
    }
}
