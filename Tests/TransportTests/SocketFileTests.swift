// Listeners on Unix sockets: their files, who may connect, and what others have left.

import Glibc
import NIOCore
import Testing

@testable import Transport

@Suite("Unix sockets", .timeLimit(.minutes(2)))
struct SocketFileTests {
    /// A listener at a path of its own; `body` runs while it listens.
    private func listening(
        mode: UInt32 = 0o600,
        _ body: (Listener, String, LoopGroup) async throws -> Void
    ) async throws {
        let group = try LoopGroup(count: 1)
        let path = "/tmp/popsieve-\(getpid())-\(UInt32.random(in: .min ... .max)).sock"
        try await body(try bind(path, mode: mode, on: group), path, group)
        try await group.shutdownGracefully()
        _ = unsafe unlink(path)
    }

    private func bind(
        _ path: String,
        mode: UInt32 = 0o600,
        inherited: InheritedSockets? = nil,
        on group: LoopGroup
    ) throws -> Listener {
        try Listener.bind(
            path: path,
            mode: mode,
            backlog: 16,
            inherited: inherited,
            on: group,
            Listener.Settings(pause: .milliseconds(5)) { $0.owner = Recorder() }
        )
    }

    private func connects(to path: String, on group: LoopGroup) async throws -> Bool {
        switch await Dialled.to([.socket(path: path)], on: group.loops[0]) {
        case .success(let end):
            try await end.on { $0.abort() }
            return true
        case .failure: return false
        }
    }

    private func mode(of path: String) -> mode_t {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    private func isThere(_ path: String) -> Bool { SocketFile(at: path) != nil }

    @Test("clients come by it, as its mode says, and it goes with its listener") func whole() async throws {
        try await listening(mode: 0o640) { (listener, path, group) async throws in
            #expect(mode(of: path) == 0o640)
            #expect(listener.localAddress?.pathname == path)
            await listener.accept()
            #expect(try await connects(to: path, on: group))
            await listener.close()
            #expect(!isThere(path))
            #expect(try await !connects(to: path, on: group))
        }
    }

    @Test("what a killed process has left makes room; what is in use does not") func stale() async throws {
        try await listening { (listener, path, group) async throws in
            #expect(throws: IOError.self) { try bind(path, on: group) }
            await listener.close()
            // One that is closed without a word.
            let left = try Socket(family: AF_UNIX)
            try left.bind(to: SocketAddress(unixDomainSocketPath: path), backlog: 1)
            left.close()
            #expect(isThere(path))
            let again = try bind(path, on: group)
            await again.accept()
            #expect(try await connects(to: path, on: group))
            await again.close()
        }
    }

    @Test("a file that is no socket stays") func file() async throws {
        try await listening { (listener, path, group) async throws in
            await listener.close()
            let file = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
            #expect(file >= 0)
            Glibc.close(file)
            #expect(throws: IOError.self) { try bind(path, on: group) }
            #expect(mode(of: path) == 0o600)
        }
    }

    @Test("a socket that another process has, too, keeps its file; whoever has taken it over takes it along")
    func passedOn() async throws {
        try await listening { (listener, path, group) async throws in
            let copy = try #require(listener.duplicate())
            await listener.close()
            #expect(isThere(path))
            let inherited = try InheritedSockets([(copy, nil)], mustBeUsed: false)
            let next = try bind(path, inherited: inherited, on: group)
            inherited.giveUp()
            await next.accept()
            #expect(try await connects(to: path, on: group))
            await next.close()
            #expect(!isThere(path))
        }
    }

    @Test("another's socket at the same path stays") func replaced() async throws {
        try await listening { (listener, path, group) async throws in
            _ = unsafe unlink(path)
            let other = try bind(path, on: group)
            await listener.close()
            #expect(isThere(path))
            await other.accept()
            #expect(try await connects(to: path, on: group))
            await other.close()
        }
    }
}
