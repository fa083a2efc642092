// The package on a machine: installed, started, upgraded, removed and purged.
// Must not change the machine that the tests run on: dpkg sees a copy of it that is gone with the test.

import ChildProcess
import Foundation
import Glibc
import Testing

@testable import packaging

@Suite("The Debian package", .timeLimit(.minutes(10)))
struct PackageTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    private static let built: String = {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return ((own ?? CommandLine.arguments[0]) as NSString).deletingLastPathComponent
    }()

    private func ran(_ command: [String], in folder: String) async throws -> (status: Int32, said: String) {
        let path = "\(folder)/said-\(UUID())"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let process = try ChildProcess(path: "/usr/bin/env", command, folder: folder, output: output, errors: output)
        let status = await process.end()
        return (status, try String(contentsOfFile: path, encoding: .utf8))
    }

    /// The copy is a layer over the machine's files, in a name space of its own.
    private static let script = """
        set -eu
        mount --make-rprivate /
        mount -t tmpfs none "$1"
        mkdir "$1/upper" "$1/work" "$1/machine"
        mount -t overlay none -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/machine"
        mount --rbind /proc "$1/machine/proc"
        mount --rbind /dev "$1/machine/dev"
        cp "$2" "$1/machine/tmp/first.deb"
        cp "$3" "$1/machine/tmp/second.deb"
        exec chroot "$1/machine" /bin/sh -euc "$4"
        """

    /// What an administrator does; each line that begins with "is" is looked at.
    private static let life = """
        export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
        is() { [ "$2" = "$3" ] || { echo "$1: $2, not $3"; exit 1; }; }
        dpkg --install /tmp/first.deb
        is state "$(stat -c '%U %a' /var/lib/popsieve)" 'popsieve 700'
        is log "$(stat -c '%U %G %a' /var/log/popsieve)" 'popsieve popsieve 750'
        is unit "$(systemd-analyze verify --man=no /lib/systemd/system/popsieve.service 2>&1)" ''
        is unset "$(popsieve check -c /etc/popsieve/popsieve.yaml >/dev/null 2>&1 || echo $?)" 78
        for page in /usr/share/man/man1/popsieve*.gz; do
            is "$page" "$(gzip -dc $page | groff -man -Tutf8 -ww -z 2>&1)" ''
        done
        bash -n /usr/share/bash-completion/completions/popsieve
        echo 'upstream: 127.0.0.1:1110' >>/etc/popsieve/popsieve.yaml
        echo 'listeners: ["127.0.0.1:0"]' >>/etc/popsieve/popsieve.yaml
        start() {
            : >/var/log/popsieve/audit.jsonl; chown popsieve: /var/log/popsieve/audit.jsonl
            STATE_DIRECTORY=/var/lib/popsieve setpriv --reuid=popsieve --regid=popsieve --init-groups \
                popsieve serve -c /etc/popsieve/popsieve.yaml &
            server=$!
            until grep -q service_started /var/log/popsieve/audit.jsonl; do kill -0 $server; sleep 0.1; done
        }
        start
        dpkg --install /tmp/second.deb
        is settings "$(grep -c ^upstream: /etc/popsieve/popsieve.yaml)" 1
        # The program that runs is not disturbed by what lies in its place.
        kill -HUP $server
        until grep -c rules_loaded /var/log/popsieve/audit.jsonl | grep -q 2; do kill -0 $server; sleep 0.1; done
        kill $server
        wait $server
        start
        kill $server
        wait $server
        dpkg --remove popsieve
        is program "$(ls /usr/bin/popsieve 2>&1 >/dev/null | wc -l)" 1
        is kept "$(ls /etc/popsieve /var/log/popsieve | grep -c -e popsieve.yaml -e audit.jsonl)" 2
        dpkg --purge popsieve
        is purged "$(ls -d /etc/popsieve /var/lib/popsieve /var/log/popsieve /etc/logrotate.d/popsieve 2>/dev/null)" ''
        echo all is well
        """

    @Test("installed, started, upgraded, removed and purged", .enabled(if: getuid() == 0, "dpkg needs root"))
    func life() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "popsieve-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder + "/layer", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let common = ["--binary", Self.built + "/popsieve", "--sources", Self.root, "--output", folder]
        for revision in ["", "+1"] {
            let made = try await ran([Self.built + "/packaging", "--revision", revision] + common, in: folder)
            #expect(made.status == 0, "\(made.said)")
        }
        let packages = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".deb") }
            .sorted { $0.count < $1.count }.map { "\(folder)/\($0)" }
        try #require(packages.count == 2)
        let (status, said) = try await ran(
            ["unshare", "-m", "/bin/sh", "-c", Self.script, "sh", "\(folder)/layer"] + packages + [Self.life],
            in: folder
        )
        #expect(status == 0 && said.hasSuffix("all is well\n"), "\(said)")
    }
}
