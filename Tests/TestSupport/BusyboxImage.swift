package import Foundation

/// An image made of the machine's own static busybox: no registry, no network.
package enum BusyboxImage {
    package static let name = "example.test/busybox:1"

    /// Writes it as a `docker-archive`, with tools that are not ours: `tar` and `sha256sum`.
    package static func write(to archive: URL, name: String = name, user: String = "") throws {
        let script = """
            set -eu
            work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
            mkdir -p "$work/root/bin" "$work/root/etc" "$work/root/tmp" "$work/image"
            cp /bin/busybox "$work/root/bin/busybox"
            for applet in $(/bin/busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$work/root/bin/$applet"; done
            printf 'root:x:0:0:root:/root:/bin/sh\\nweb:x:1000:1000::/tmp:/bin/sh\\n' >"$work/root/etc/passwd"
            printf 'root:x:0:\\nweb:x:1000:\\nextra:x:2000:web\\n' >"$work/root/etc/group"
            chmod 1777 "$work/root/tmp"
            tar -C "$work/root" --owner=0 --group=0 -cf "$work/image/layer.tar" .
            layer=$(sha256sum "$work/image/layer.tar" | cut -d' ' -f1)
            printf '{"architecture":"%s","os":"linux","config":{"Cmd":["/bin/sh"],"Env":["PATH=/bin"],"User":"%s"},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
                "$(dpkg --print-architecture)" "$USER_NAME" "$layer" >"$work/image/config.json"
            printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$IMAGE_NAME" >"$work/image/manifest.json"
            tar -C "$work/image" -cf "$ARCHIVE.new" manifest.json config.json layer.tar
            mv "$ARCHIVE.new" "$ARCHIVE"
            """
        let result = try run(
            "env", ["ARCHIVE=\(archive.path)", "IMAGE_NAME=\(name)", "USER_NAME=\(user)", "sh", "-c", script])
        guard result.status == 0 else { throw Failed(output: result.output) }
    }

    package struct Failed: Error { package let output: String }
}
