// Whoever connects to the control socket and does not do what is expected: the relay goes on, and keeps nothing of them.
// Must not measure time.

import Foundation
import NIOCore
import Testing

@Suite("Ends of control connections", .timeLimit(.minutes(5)))
struct ControlEndsTests {
    private let maildrop = ScriptedMaildrop([])

    /// What a peer does, and what it gets before the end; nil: nothing.
    static let cells: [(name: String, sent: String, then: Then, answer: String?)] = [
        ("says nothing and closes", "", .finish, nil),
        ("half a request, then FIN", "{\"v\":1,", .finish, nil),
        ("half a request, then a reset", "{\"v\":1,", .reset, nil),
        ("a request without a line end, then FIN", "{\"v\":1,\"request\":\"status\"}", .finish, nil),
        ("a request, then FIN", "{\"v\":1,\"request\":\"status\"}\n", .finish, "{\"answer\":\"status\""),
        ("a request, then a reset", "{\"v\":1,\"request\":\"sessions\"}\n", .reset, nil),
        (
            "two requests", "{\"v\":1,\"request\":\"status\"}\n{\"v\":1,\"request\":\"stop\"}\n", .wait,
            "{\"answer\":\"status\""
        ),
        ("garbage", "\u{0}\u{1}\u{2}\n", .wait, "{\"answer\":\"error\""),
        ("HTTP", "GET / HTTP/1.1\r\n", .wait, "{\"answer\":\"error\""),
        ("a line that is too long", String(repeating: "a", count: 5_000), .wait, "{\"answer\":\"error\""),
        ("silence", "", .wait, nil),
        ("silence in a request", "{", .wait, nil),
    ]

    enum Then {
        case finish
        case reset
        case wait
    }

    @Test("a peer that does not do what is expected", arguments: cells)
    func cell(_ cell: (name: String, sent: String, then: Then, answer: String?)) async throws {
        let (_, status) = try await Steered.running(maildrop.script) { steered in
            let before = try steered.relay.openFiles()
            try await Peer.connected(toSocket: steered.socket) { peer in
                try await peer.send(cell.sent)
                switch cell.then {
                case .finish: try await peer.finish()
                case .reset: return try await peer.close()
                case .wait: break
                }
                let said = String(decoding: try await peer.rest(), as: UTF8.self)
                if let answer = cell.answer {
                    #expect(said.hasPrefix(answer) && said.split(separator: "\n").count == 1, "\(said)")
                } else {
                    #expect(said == "")
                }
            }
            try await eventually("nothing is kept") { try steered.relay.openFiles() <= before }
            #expect(try await steered.popsieve("status").status == 0)
        }
        #expect(status == 0)
    }

    @Test("there are so many at once, and no more; sessions are served meanwhile")
    func crowd() async throws {
        let (_, status) = try await Steered.running(maildrop.script) { steered in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                let (done, finish) = AsyncStream.makeStream(of: Void.self)
                for _ in 0..<20 {
                    group.addTask {
                        try await Peer.connected(toSocket: steered.socket) { peer in
                            // Whoever is too much is gone at once; the others go when they are told to.
                            let rest = Task { for await _ in done {} }
                            defer { rest.cancel() }
                            return try await peer.rest().isEmpty
                        }
                    }
                }
                try await Peer.connected(to: steered.relay.address) { try await $0.logIn(.anna) }
                finish.finish()
                for try await isEmpty in group { #expect(isEmpty) }
            }
            #expect(try await steered.popsieve("status").status == 0)
        }
        #expect(status == 0)
    }

    @Test("SIGTERM while somebody is connected and silent ends the relay all the same")
    func termination() async throws {
        let (_, status) = try await Steered.running(maildrop.script) { steered in
            try await Peer.connected(toSocket: steered.socket) { peer in
                try await peer.send("{")
                kill(steered.relay.pid, SIGTERM)
                #expect(try await peer.rest().isEmpty)
                try await eventually("it has ended") { !steered.relay.isAlive }
            }
        }
        #expect(status == 0)
    }

    @Test("without descriptors nobody is answered, nothing spins, and it goes on when there are some")
    func descriptors() async throws {
        let (_, status) = try await Steered.running(maildrop.script) { steered in
            try await steered.relay.allowOpenFiles(nil)
            try await Peer.connected(toSocket: steered.socket) { peer in
                try await peer.send("{\"v\":1,\"request\":\"status\"}\n")
                let before = try steered.processorTicks()
                try await Task.sleep(for: .seconds(2))
                // 200 ticks are a processor of its own.
                #expect(try steered.processorTicks() - before < 60)
                try await steered.relay.allowOpenFiles(1_024)
                #expect(String(decoding: try await peer.rest(), as: UTF8.self).hasPrefix("{\"answer\":\"status\""))
            }
        }
        #expect(status == 0)
    }

    /// Needs root, who may become somebody else.
    @Test("another user is refused, even where the folder lets them in", .enabled(if: getuid() == 0))
    func stranger() async throws {
        let (_, status) = try await Steered.running(maildrop.script) { steered in
            let ask = """
                my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "no way in: $!";
                print $socket '{"v":1,"request":"stop"}', "\\n";
                print while <$socket>;
                """
            func nobody() async throws -> Ended {
                let perl = [try Program.perl.path(), "-MIO::Socket::UNIX", "-e", ask, steered.socket]
                return try await Child.run(.setpriv, ["--reuid=65534", "--clear-groups"] + perl, in: steered.folder)
            }
            let outside = try await nobody()
            #expect(outside.status != 0 && outside.errors.contains("no way in: Permission denied"), "\(outside)")
            let (folder, socket) = (steered.folder.path, steered.socket)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: socket)
            let inside = try await nobody()
            #expect(inside.text.contains("only the relay's own user and root"), "\(inside)")
            #expect(try await steered.popsieve("status").text.contains("serving"))
        }
        #expect(status == 0)
    }

    @Test("the socket is this user's alone")
    func mode() async throws {
        let (_, status) = try await Steered.running(maildrop.script) { steered in
            try await eventually("its mode") {
                let attributes = try FileManager.default.attributesOfItem(atPath: steered.socket)
                return (attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600
            }
        }
        #expect(status == 0)
    }
}

extension Steered {
    /// How long the relay has used a processor, in the kernel's ticks of 10 ms.
    func processorTicks() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(relay.pid)/stat", encoding: .utf8)
        let fields = status.drop { $0 != ")" }.split(separator: " ")
        return (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
    }
}
