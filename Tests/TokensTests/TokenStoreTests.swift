// The tokens' file: encrypted, whole, for one user alone, shared between processes.

import Foundation
import OAuth
import Testing

@testable import Tokens

/// A folder that is gone after the test.
final class TestFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/popsieve-tokens-\(UUID().uuidString)"
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func store(keys: [Character] = ["a"]) throws -> TokenStore {
        try TokenStore(
            path: path + "/tokens",
            keys: keys.map { try TokenKey(Array(String(repeating: $0, count: 64).utf8)) }
        )
    }
}

@Suite struct TokenStoreTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private var file: String { folder.path + "/tokens" }

    private func token(_ text: String) -> StoredToken {
        StoredToken(
            provider: "own",
            user: "me@example.com",
            refreshToken: Secret("refresh-\(text)"),
            accessToken: Secret("access-\(text)"),
            expires: 5
        )
    }

    @Test("what was written is read, by others, too")
    func roundTrip() throws {
        let (one, other) = (try folder.store(), try folder.store())
        #expect(try one.tokens() == [:])
        #expect(try other.tokens() == [:])
        try one.update { $0["me"] = token("1") }
        #expect(try other.tokens() == ["me": token("1")])
        try other.update { $0["you"] = token("2") }
        #expect(try one.tokens() == ["me": token("1"), "you": token("2")])
    }

    @Test("nothing of it can be read without the key, or by others")
    func secrecy() throws {
        let store = try folder.store()
        try store.update { $0["me"] = token("hidden") }
        let octets = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(octets.range(of: Data("hidden".utf8)) == nil)
        #expect(octets.range(of: Data("example".utf8)) == nil)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: TokenFileFault.otherKey) { try folder.store(keys: ["b"]).tokens() }
        var shown = "\(token("hidden"))"
        dump(token("hidden"), to: &shown)
        dump(store, to: &shown)
        #expect(!shown.contains("hidden"))
    }

    @Test("keys are changed: the first encrypts, all decrypt")
    func rotation() throws {
        try folder.store(keys: ["a"]).update { $0["me"] = token("1") }
        let both = try folder.store(keys: ["b", "a"])
        #expect(try both.tokens() == ["me": token("1")])
        try both.reseal()
        #expect(try folder.store(keys: ["b"]).tokens() == ["me": token("1")])
    }

    @Test("a file that is damaged, shared or something else is not believed")
    func faults() throws {
        try folder.store().update { $0["me"] = token("1") }
        let whole = try Data(contentsOf: URL(fileURLWithPath: file))
        for position in [0, 20, 40, whole.count - 1] {
            var changed = whole
            changed[position] ^= 1
            try changed.write(to: URL(fileURLWithPath: file))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            #expect(throws: TokenFileFault.self) { try folder.store().tokens() }
            #expect(throws: TokenFileFault.self) { try folder.store().update { $0["me"] = nil } }
        }
        try whole.write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        #expect(throws: TokenFileFault.shared) { try folder.store().tokens() }
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "/etc/passwd")
        #expect(throws: TokenFileFault.self) { try folder.store().tokens() }
    }

    @Test("what a crash has left beside it is in nobody's way")
    func crash() throws {
        let store = try folder.store()
        try store.update { $0["me"] = token("1") }
        try Data("half".utf8).write(to: URL(fileURLWithPath: file + ".new"))
        #expect(try store.tokens() == ["me": token("1")])
        try store.update { $0["me"] = token("2") }
        #expect(try folder.store().tokens() == ["me": token("2")])
        #expect(!FileManager.default.fileExists(atPath: file + ".new"))
    }

    @Test("many writers lose nothing")
    func writers() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                let store = try folder.store()
                group.addTask { try store.update { $0["\(number)"] = token("\(number)") } }
            }
            try await group.waitForAll()
        }
        #expect(try folder.store().tokens().count == 40)
    }

    @Test("a key that can be guessed is none; blanks around it don't count")
    func keys() throws {
        #expect(throws: TokenKeyFault.tooShort) { try TokenKey(Array("secret\n".utf8)) }
        let text = String(repeating: "k", count: 32)
        #expect(try TokenKey(Array("\(text)\n".utf8)).name == TokenKey(Array(" \(text)".utf8)).name)
    }
}
