// How often a password is checked: once for a crowd, and not again for a while.

import Dispatch
import NIOCore
import NIOPosix
import Passwords
import Synchronization
import Testing

@testable import Relay

@Suite struct CheckedPasswordsTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.any()

    private func place(_ most: Int) -> SlowHashes.Place { SlowHashes.Place(most: most, isFirst: false) }

    @Test("a crowd that comes with one password waits for one check, however few may wait")
    func crowd() async throws {
        let hash = try #require(PasswordHash.make(of: Array("secret".utf8)))
        let checked = CheckedPasswords(by: SlowHashes())
        for (password, isRight) in [("secret", true), ("wrong", false)] {
            let results = (0..<300).map { _ in
                checked.check(Array(password.utf8), hash, place(1), on: loop, at: .now())
            }
            for result in results { #expect(try await result?.get() == isRight) }
        }
    }

    @Test("a right one is not checked again until its time is over; a wrong one always is")
    func again() async throws {
        let hash = try #require(PasswordHash.make(of: Array("secret".utf8)))
        let checked = CheckedPasswords(by: SlowHashes())
        let now = NIODeadline.now()
        func check(_ password: String, at time: NIODeadline) async throws -> Bool? {
            // Nobody may wait for a check: what is known without one is answered all the same.
            try await checked.check(Array(password.utf8), hash, place(0), on: loop, at: time)?.get()
        }
        #expect(try await check("secret", at: now) == nil)
        #expect(try await checked.check(Array("secret".utf8), hash, place(1), on: loop, at: now)?.get() == true)
        #expect(try await check("secret", at: now) == true)
        #expect(try await check("secret", at: now + .minutes(6)) == nil)
        #expect(try await checked.check(Array("wrong".utf8), hash, place(1), on: loop, at: now)?.get() == false)
        #expect(try await check("wrong", at: now) == nil)
        let other = try #require(PasswordHash.make(of: Array("secret".utf8)))
        #expect(checked.check(Array("secret".utf8), other, place(0), on: loop, at: now) == nil)
    }

    @Test("whoever was let in before goes before a crowd of guesses, and has room where they have none")
    func first() async throws {
        let hashes = SlowHashes()
        let order = Mutex<[Int]>([])
        let gate = DispatchSemaphore(value: 0)
        func run(_ number: Int, isFirst: Bool) -> EventLoopFuture<Void>? {
            hashes.run(.init(most: 20, isFirst: isFirst), toldTo: loop) {
                gate.wait()
                order.withLock { $0.append(number) }
            }
        }
        let guesses = (0..<20).map { run($0, isFirst: false) }
        #expect(run(20, isFirst: false) == nil)
        let known = try #require(run(100, isFirst: true))
        for _ in 0...20 { gate.signal() }
        try await known.get()
        for guess in guesses { try await guess?.get() }
        let place = try #require(order.withLock { $0.firstIndex(of: 100) })
        // Behind what the threads had begun.
        #expect(place <= max(1, System.coreCount / 2))
    }
}
