// How often a password is checked: once for a crowd, and not again for a while.

import NIOCore
import NIOPosix
import Passwords
import Testing

@testable import Relay

@Suite struct CheckedPasswordsTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.any()

    @Test("a crowd that comes with one password waits for one check, however few may wait")
    func crowd() async throws {
        let hash = try #require(PasswordHash.make(of: Array("secret".utf8)))
        let checked = CheckedPasswords(by: SlowHashes())
        for (password, isRight) in [("secret", true), ("wrong", false)] {
            let results = (0..<300).map { _ in
                checked.check(Array(password.utf8), hash, most: 1, on: loop, at: .now())
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
            try await checked.check(Array(password.utf8), hash, most: 0, on: loop, at: time)?.get()
        }
        #expect(try await check("secret", at: now) == nil)
        #expect(try await checked.check(Array("secret".utf8), hash, most: 1, on: loop, at: now)?.get() == true)
        #expect(try await check("secret", at: now) == true)
        #expect(try await check("secret", at: now + .minutes(6)) == nil)
        #expect(try await checked.check(Array("wrong".utf8), hash, most: 1, on: loop, at: now)?.get() == false)
        #expect(try await check("wrong", at: now) == nil)
        let other = try #require(PasswordHash.make(of: Array("secret".utf8)))
        #expect(checked.check(Array("secret".utf8), other, most: 0, on: loop, at: now) == nil)
    }
}
