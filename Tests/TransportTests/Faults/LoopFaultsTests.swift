// Loops that can't be made, and waits that fail.
// Must not run out of anything: what fails is said to fail.

import CallFaults
import Glibc
import NIOCore
import Testing

@testable import Transport

@Suite("Faults of a loop's calls", .timeLimit(.minutes(2)))
struct LoopFaultsTests {
    /// Without a thread the process ended.
    @Test(
        "loops that can't be made are an error, and nothing is left open",
        arguments: [
            (call_epoll_create, EMFILE), (call_epoll_create, ENFILE), (call_epoll_create, ENOMEM),
            (call_eventfd, EMFILE), (call_eventfd, ENFILE), (call_eventfd, ENOMEM), (call_eventfd, ENODEV),
            (call_epoll_add, ENOMEM), (call_epoll_add, ENOSPC), (call_pthread_create, EAGAIN),
        ],
        [0, 1, 2]
    )
    func making(_ fault: (call: faults_call, error: CInt), before skip: CInt) {
        faults_begin()
        faults_fail(fault.call, fault.error, skip, 1)
        let error = #expect(throws: IOError.self) { try LoopGroup(count: 3) }
        #expect(error?.errnoCode == fault.error)
        #expect(faults_happened() == 1)
        #expect(faults_left_open() == 0)
        #expect(faults_strange() == 0)
        faults_end()
    }

    @Test(
        "a wait that is interrupted is begun again; what wakes a loop up may be read again",
        arguments: [
            (call_epoll_wait, EINTR), (call_read, EAGAIN), (call_read, EINTR),
        ]
    )
    func waiting(_ call: faults_call, _ error: CInt) async throws {
        try await Lab.open { lab, port, _ in
            for side in Lab.Side.allCases { try await lab.on(side) { faults_fail(call, error, 0, 5) } }
            // Each brings the other loop something while it waits.
            for _ in 0..<200 {
                try await lab.loop(.accepted).submit { lab.loop(.dialled).submit {} }.get().get()
            }
            let pair = try await lab.pair(port)
            try await pair.dialled.send(Array("hello".utf8))
            try await pair.accepted.seen.waits(for: "the words") { $0.octets == Array("hello".utf8) }
            for side in Lab.Side.allCases { #expect(try await lab.on(side) { faults_happened() } == 5) }
            try await pair.abort()
        }
    }
}
