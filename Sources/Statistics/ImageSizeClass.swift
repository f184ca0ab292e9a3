/// How big an image is, as metrics tell it. Source: kubernetes `pkg/kubelet/metrics/metrics.go`, `GetImageSizeBucket`.
package func imageSizeClass(_ bytes: UInt64) -> String {
    let mebi: UInt64 = 1 << 20
    let classes: [(above: UInt64, name: String)] = [
        (102_400 * mebi, "GT100GB"), (61440 * mebi, "60GB-100GB"), (40960 * mebi, "40GB-60GB"),
        (30720 * mebi, "30GB-40GB"), (20480 * mebi, "20GB-30GB"), (10240 * mebi, "10GB-20GB"),
        (5120 * mebi, "5GB-10GB"), (1024 * mebi, "1GB-5GB"), (500 * mebi, "500MB-1GB"), (100 * mebi, "100MB-500MB"),
        (10 * mebi, "10MB-100MB"), (0, "0-10MB"),
    ]
    return classes.first { bytes > $0.above }?.name ?? "N/A"
}
