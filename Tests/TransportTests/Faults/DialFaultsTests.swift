// Calls of a dial that fail: whoever dials is told once, why, and nothing is left open.
// Must not leave this machine.

import CallFaults
import Glibc
import NIOCore
import Testing

@testable import Transport

@Suite("Faults of a dial's calls", .timeLimit(.minutes(2)))
struct DialFaultsTests {
    struct Case: CustomTestStringConvertible {
        let call: faults_call
        let error: CInt
        var isPassing = false
        /// The call has done its work.
        var isLate = false
        var testDescription: String { "\(call.rawValue) \(error)\(isLate ? ", late" : "")" }

        /// What is told where an address has failed.
        var told: String { "\(error)" }

        static let all =
            [EMFILE, ENFILE, ENOBUFS, ENOMEM, EAFNOSUPPORT, EACCES].map { Case(call: call_socket, error: $0) }
            + [ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, EACCES, EPERM, EAGAIN, ETIMEDOUT, ENOBUFS]
            .map { Case(call: call_connect, error: $0) }
            + [false, true].map { Case(call: call_connect, error: EINTR, isPassing: true, isLate: $0) }
            + [ECONNREFUSED, ETIMEDOUT, ECONNRESET, EHOSTUNREACH, ENETUNREACH, EPROTO, ENOMEM]
            .map { Case(call: call_getsockopt, error: $0) }
            + [ENOMEM, ENOSPC].map { Case(call: call_epoll_add, error: $0) }
            + [ENOMEM, ENOPROTOOPT].map { Case(call: call_setsockopt, error: $0, isPassing: true) }
            + [Case(call: call_close, error: EINTR, isPassing: true, isLate: true)]
    }

    private func dial(_ lab: Lab, _ host: String, _ port: Int) async throws -> String {
        switch await Dialled.to(host: host, port: port, on: lab.loop(.dialled)) {
        case .failure(let error as IOError): return "\(error.errnoCode)"
        case .failure(let error): return "\(error)"
        case .success(let end):
            try await end.send(Array("hello".utf8))
            try await end.on { $0.close() }
            return try await end.seen.ended() == ["closed"] ? "connected" : "\(end.seen.events)"
        }
    }

    private func listen(_ lab: Lab) {
        lab.accepting { connection in
            let seen = Recorder()
            connection.owner = seen
            connection.flush()
        }
    }

    /// EAGAIN of connect(2), which is no progress, was taken for a connection.
    @Test("an address that fails is told, once", arguments: Case.all)
    func address(_ test: Case) async throws {
        try await Lab.open { lab, port, _ in
            listen(lab)
            try await lab.on(.dialled) {
                test.isLate
                    ? faults_fail_behind(test.call, test.error, 0, 1) : faults_fail(test.call, test.error, 0, 1)
            }
            #expect(try await dial(lab, "127.0.0.1", port) == (test.isPassing ? "connected" : test.told))
            #expect(try await lab.on(.dialled) { faults_happened() } == 1)
            try await lab.checkLeft(.dialled, "the dial")
            #expect(try await dial(lab, "127.0.0.1", port) == "connected")
        }
    }

    @Test(
        "a name's next address is tried where one fails",
        arguments: Case.all.filter { [call_socket, call_connect].contains($0.call) && !$0.isPassing }
    )
    func names(_ test: Case) async throws {
        let addresses = try Resolver.addresses(of: "localhost", port: 1)
        try await Lab.open { lab, port, _ in
            listen(lab)
            for count in [addresses.count, addresses.count - 1] {
                try await lab.on(.dialled) { faults_fail(test.call, test.error, 0, CInt(count)) }
                // Nobody listens on the others.
                let isThere = count < addresses.count && addresses.last?.ipAddress == "127.0.0.1"
                let result = try await dial(lab, "localhost", port)
                #expect(result == (isThere ? "connected" : test.told))
                try await lab.checkLeft(.dialled, "the dial")
            }
        }
    }
}
