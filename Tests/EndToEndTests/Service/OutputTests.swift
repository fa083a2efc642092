// Standard output, standard error and the audit log when they are closed, full, or read by nobody.
// Must not wait for a time: what hangs fails by the harness's own limits.

import Foundation
import Testing

@Suite("Outputs that are closed, full or not read", .timeLimit(.minutes(5)))
struct OutputTests {
    private typealias Start = ServiceProcess.Start

    /// A named pipe that is full and stays open, so that nothing gets an error either.
    private static let stuck = "mkfifo stuck; exec 9<>stuck; timeout 1 dd if=/dev/zero bs=4096 >&9 2>&-"

    private func served(
        _ start: Start,
        in folder: Folder,
        _ body: (ServiceProcess) async throws -> Void = { _ in }
    ) async throws -> (log: String, status: Int32) {
        let maildrop = ScriptedMaildrop([])
        return try await ScriptedServer.serving(maildrop.script) { upstream in
            let (log, status) = try await ServiceProcess.running(start, upstream: upstream, in: folder) { relay in
                for _ in 0..<3 { try await relay.converse() }
                try await body(relay)
                return relay
            }
            return (try log.log(), status)
        }
    }

    @Test("standard output that nobody reads hangs neither a session nor the end, and missing lines are told")
    func stuckOutput() async throws {
        try await Folder.temporary { folder in
            let start = Start(audit: "-", prelude: "\(Self.stuck)\nexec >&9")
            let (log, status) = try await served(start, in: folder)
            #expect(status == 74)
            #expect(log.contains("whoever reads it is too slow") && log.contains("audit lines could not be written"))
        }
    }

    @Test("standard error that nobody reads hangs neither a session nor a reload nor the end")
    func stuckErrors() async throws {
        try await Folder.temporary { folder in
            let start = Start(prelude: "\(Self.stuck)\nexec 2>&9", more: "log: { level: debug }")
            let (_, status) = try await served(start, in: folder) { relay in
                for count in 1...3 {
                    relay.signal(SIGHUP)
                    _ = try await relay.audit.waitFor("rules_loaded", count: count + 1)
                }
            }
            #expect(status == 0)
            let audit = AuditTrail(path: folder["audit.jsonl"])
            #expect(try audit.lines("session_closed").count == 3 && audit.lines("service_stopped").count == 1)
        }
    }

    @Test("a full disk at the end is told with the number of lines, and is no success")
    func fullDisk() async throws {
        try await Folder.temporary { folder in
            let (log, status) = try await served(Start(audit: "/dev/full"), in: folder)
            #expect(status == 74)
            #expect(log.contains("No space left on device"))
            // Each session has four lines at least, start and stop three.
            let said = log.split(separator: "\n").last { $0.contains("audit lines could not be written") }
            let count = said?.split(separator: " ").compactMap { Int($0) }.first ?? 0
            #expect(count >= 15, "\(log)")
        }
    }

    @Test("a named pipe as audit log hangs nobody without a reader, and one that comes later gets the lines")
    func namedPipe() async throws {
        try await Folder.temporary { folder in
            let start = Start(audit: "a", prelude: "mkfifo a")
            let (_, status) = try await served(start, in: folder) { relay in
                // Reads what there is; the relay has the pipe open for writing.
                let reading = try await Child.run(
                    .shell,
                    ["-c", "head -n 5 a > seen"],
                    in: folder
                )
                #expect(reading.status == 0)
            }
            let seen = try folder.read("seen").split(separator: 0x0A).map { try AuditLine(bytes: Data($0)) }
            #expect(seen.first?.event == "service_started" && seen.count == 5)
            #expect(status == 0 || status == 74)
        }
    }

    /// Each of the eight ways to start with some of the three closed.
    @Test("descriptors that are closed at the start get into nobody's hands", arguments: 0..<8)
    func closed(_ set: Int) async throws {
        let redirections = ["<&-", ">&-", "2>&-"].enumerated().filter { set >> $0.offset & 1 == 1 }.map(\.element)
        let wire = Data("Subject: x\r\n\r\nbody\r\n.\r\n".utf8)
        let maildrop = ScriptedMaildrop([wire])
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { upstream in
                let prelude = redirections.isEmpty ? "" : "exec \(redirections.joined(separator: " "))"
                let start = Start(prelude: prelude)
                let (audit, status) = try await ServiceProcess.running(start, upstream: upstream, in: folder) { relay in
                    try await Peer.connected(to: relay.address) { peer in
                        #expect(try await peer.line() == "+OK scripted")
                        _ = try await peer.command("USER a")
                        _ = try await peer.command("PASS b")
                        try await peer.send("RETR 1\r\nQUIT\r\n")
                        #expect(try await peer.rest() == Data("+OK\r\n".utf8) + wire + Data("+OK bye\r\n".utf8))
                    }
                    let descriptors = try (0...2).map {
                        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(relay.pid)/fd/\($0)")
                    }
                    for (number, target) in descriptors.enumerated() where set >> number & 1 == 1 {
                        #expect(target == "/dev/null")
                    }
                    return relay.audit
                }
                #expect(status == 0)
                #expect(try audit.lines("message").count == 1 && audit.lines("service_stopped").count == 1)
                #expect(maildrop.commands.allSatisfy { !$0.contains("{") })
            }
        }
    }

    @Test("an audit log on standard output that is closed is an error that says so")
    func closedAudit() async throws {
        try await Folder.temporary { folder in
            let address = Address(port: 1)
            try ServiceProcess.write(Start(audit: "-"), listeners: "\"127.0.0.1:0\"", upstream: address, in: folder)
            let script = "exec \"$0\" serve --config popsieve.yaml >&-"
            let ended = try await Child.run(.shell, ["-c", script, Built.popsieve], in: folder)
            #expect(ended.status == 69 && ended.errors.contains("standard output: it is closed"), "\(ended)")
        }
    }

    /// A key of the settings that names a file, and where its error stands.
    private static let files = [
        ("rules: fifo", "fifo"), ("lists: { bad: fifo }", ":4:"),
        ("", "fifo:"),
        ("listeners: [{ address: \"127.0.0.1:0\", tls: implicit, certificate: fifo, key: fifo }]", ":1:"),
        ("upstreams: { main: { host: 127.0.0.1, ca: fifo } }", ":2:"),
    ]

    @Test("a named pipe where a file is meant is an error with its place", arguments: files, ["check", "serve"])
    func pipesForFiles(_ file: (more: String, expected: String), _ command: String) async throws {
        try await Folder.temporary { folder in
            var lines = [
                "listeners: [\"127.0.0.1:0\"]", "upstreams: { main: { host: 127.0.0.1, port: 1, tls: none } }",
                "audit: audit.jsonl",
            ]
            let key = file.more.prefix { $0 != ":" }
            lines.removeAll { $0.hasPrefix(key + ":") }
            lines.insert(file.more, at: key == "listeners" ? 0 : key == "upstreams" ? 1 : lines.count)
            try folder.write("popsieve.yaml", lines.joined(separator: "\n") + "\n")
            let config = file.more.isEmpty ? "fifo" : "popsieve.yaml"
            let script = "mkfifo fifo && exec \"$0\" \(command) --config \(config)"
            let ended = try await Child.run(.shell, ["-c", script, Built.popsieve], in: folder)
            // Where the settings themselves can't be read, nothing is wrong in them.
            #expect(ended.status == (config == "fifo" ? 66 : 78), "\(ended)")
            #expect(ended.errors.contains(file.expected) && ended.errors.contains("no regular file"), "\(ended)")
        }
    }

    @Test("paths of one character are paths")
    func shortPaths() async throws {
        try await Folder.temporary { folder in
            let start = Start(audit: "a", more: "rules: r")
            try folder.folder("r").write("x.sieve", "keep;\n")
            try ServiceProcess.write(start, listeners: "\"127.0.0.1:0\"", upstream: Address(port: 1), in: folder)
            try folder.write("t", "require \"vnd.dovecot.testsuite\"; test \"t\" { }\n")
            for arguments in [["check", "--config", "popsieve.yaml"], ["test", "t"]] {
                let ended = try await Child.run(path: Built.popsieve, arguments, in: folder)
                #expect(ended.status == 0, "\(arguments): \(ended)")
            }
        }
    }
}
