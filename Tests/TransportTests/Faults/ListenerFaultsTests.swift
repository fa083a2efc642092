// Calls of a listener that fail: who listens goes on where that is possible, pauses where it has to, and says so.
// Must not run out of anything: what fails is said to fail.

import CallFaults
import Glibc
import NIOCore
import Testing

@testable import Transport

@Suite("Faults of a listener's calls", .timeLimit(.minutes(2)))
struct ListenerFaultsTests {
    /// The client has gone or its network has, or somebody was quicker (accept(2)).
    private static let passing = [
        EAGAIN, EINTR, ECONNABORTED, EPROTO, ETIMEDOUT, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH,
        ENETUNREACH,
    ]
    /// Something is wanting, or nobody knows what is wrong: it may be wrong again at once.
    private static let short = [
        EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EACCES, EOPNOTSUPP, ENOSR, ESOCKTNOSUPPORT, EIO,
    ]
    /// The listener's socket is none.
    private static let fatal = [EBADF, EINVAL, ENOTSOCK, EFAULT]

    private func check(_ lab: Lab, _ port: Int, serves: Bool = true) async throws {
        let pair = try await lab.pair(port)
        try await pair.dialled.send(Array("hello".utf8))
        try await pair.accepted.seen.waits(for: "the words") { $0.octets == Array("hello".utf8) }
        try await pair.abort()
        for side in Lab.Side.allCases { try await lab.checkLeft(side, "the client") }
    }

    /// ETIMEDOUT, and others that accept(2) names or Linux has, ended listening for good.
    @Test("a client that can't be accepted keeps nobody else away", arguments: passing + short)
    func accepting(error: CInt) async throws {
        try await Lab.open { lab, port, listener in
            try await lab.on(.accepted) { faults_fail(call_accept, error, 0, 2) }
            try await check(lab, port)
            #expect(try await lab.on(.accepted) { faults_happened() } == 2)
            let told = Self.short.contains(error) ? ["short: \(error)", "short: \(error)"] : []
            #expect(lab.told == told)
            #expect(listener.isOpen)
        }
    }

    @Test("a listener whose socket is none ends, and says so once", arguments: fatal)
    func ending(error: CInt) async throws {
        try await Lab.open { lab, port, listener in
            try await lab.on(.accepted) { faults_fail(call_accept, error, 0, 1) }
            let client = await Dialled.to(port: port, on: lab.loop(.dialled))
            try await eventually("the news") { lab.told == ["failed: \(error)"] }
            #expect(!listener.isOpen)
            if case .success(let end) = client { _ = try await end.seen.ended() }
            for side in Lab.Side.allCases { try await lab.checkLeft(side, "the client") }
            #expect(lab.told == ["failed: \(error)"])
        }
    }

    @Test("a client that can't be watched is sent away, and the next one is served", arguments: [ENOMEM, ENOSPC])
    func watchingClients(error: CInt) async throws {
        try await Lab.open { lab, port, _ in
            try await lab.on(.accepted) { faults_fail(call_epoll_add, error, 0, 1) }
            let pair = try await lab.pair(port)
            let failure = IOError(errnoCode: error, reason: "epoll_ctl")
            #expect(try await pair.accepted.seen.ended() == ["failed: \(failure)", "closed"])
            #expect(try await pair.dialled.seen.ended() == ["closed"])
            try await check(lab, port)
        }
    }

    /// Nobody was told.
    @Test("a listener that can't be watched says so, and is watched later", arguments: [ENOMEM, ENOSPC])
    func watchingListeners(error: CInt) async throws {
        try await Lab.open { lab, port, _ in
            // It pauses once, and fails to go on.
            try await lab.on(.accepted) {
                faults_fail(call_accept, EMFILE, 0, 1)
                faults_fail(call_epoll_add, error, 0, 2)
            }
            try await check(lab, port)
            #expect(lab.told == ["short: \(EMFILE)", "short: \(error)", "short: \(error)"])
        }
    }

    /// The caller's thread, which is the main one here.
    @Test(
        "an address that can't be listened on is an error, and nothing is left open",
        arguments: [
            (call_socket, EMFILE), (call_socket, ENFILE), (call_socket, ENOBUFS), (call_socket, ENOMEM),
            (call_socket, EAFNOSUPPORT), (call_bind, EADDRINUSE), (call_bind, EADDRNOTAVAIL), (call_bind, EACCES),
            (call_bind, ENOMEM), (call_listen, EADDRINUSE), (call_listen, ENOBUFS),
        ]
    )
    @MainActor func binding(_ call: faults_call, _ error: CInt) async throws {
        let group = try LoopGroup(count: 1)
        faults_begin()
        faults_fail(call, error, 0, 1)
        var thrown: CInt?
        do {
            _ = try await Listener.bind(
                host: "127.0.0.1",
                port: 0,
                backlog: 4,
                on: group,
                .init(pause: .seconds(1)) { _ in }
            )
        } catch let error as IOError {
            thrown = error.errnoCode
        }
        let (happened, left) = (faults_happened(), faults_left_open())
        faults_end()
        #expect(thrown == error && happened == 1 && left == 0)
        try await group.shutdownGracefully()
    }
}
