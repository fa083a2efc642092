// Several writers, several processes, mail programs: nobody disturbs anybody.
// Must not depend on who is first.

import Foundation
import Quarantine
import Testing

@Suite struct ConcurrencyTests {
    @Test("eight writers on two quarantines of one root lose nothing")
    func writers() async throws {
        let folder = try TemporaryFolder()
        let quarantines = try [folder.quarantine(), folder.quarantine()]
        let all = try await withThrowingTaskGroup(of: [QuarantineIdentifier: Int].self) { group in
            for writer in 0..<8 {
                let quarantine = quarantines[writer % 2]
                group.addTask {
                    var put: [QuarantineIdentifier: Int] = [:]
                    for number in writer * 12..<writer * 12 + 12 {
                        // All make the same folders.
                        let from = origin(number: number)
                        put[try quarantine.put(noise(number), "f/\(number % 5)", from)] = number
                    }
                    return put
                }
            }
            return try await group.reduce(into: [:]) { all, some in all.merge(some) { one, _ in one } }
        }
        #expect(all.count == 96)
        #expect(try Set(quarantines[0].identifiers()) == Set(all.keys))
        for (identifier, number) in all { #expect(try quarantines[1].original(of: identifier) == noise(number)) }
    }

    @Test("of two that delete one message, one has done it; lists go on meanwhile")
    func deleters() async throws {
        let folder = try TemporaryFolder()
        let quarantines = try [folder.quarantine(), folder.quarantine()]
        let put = try (0..<60).map { try quarantines[0].put(mail(), "f\($0 % 3)") }
        let deleted = try await withThrowingTaskGroup(of: [QuarantineIdentifier].self) { group in
            for quarantine in quarantines {
                group.addTask {
                    var deleted: [QuarantineIdentifier] = []
                    for identifier in put {
                        do {
                            try quarantine.delete(identifier)
                            deleted.append(identifier)
                        } catch QuarantineError.notFound(identifier) {}
                    }
                    return deleted
                }
                group.addTask {
                    for _ in 0..<20 {
                        let leftOut = try quarantine.each { _ in true }
                        #expect(leftOut.damaged == 0)
                    }
                    return []
                }
            }
            return try await group.reduce(into: []) { all, some in all += some }
        }
        #expect(deleted.map(\.description).sorted() == put.map(\.description).sorted())
        #expect(try quarantines[0].sum() == QuarantineSum())
    }

    @Test("a mail program that moves messages on hides none of them")
    func mailProgram() async throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        let put = try (0..<80).map { _ in try quarantine.put(mail()) }
        let (new, cur) = try (quarantine.folder("Spam", "new"), quarantine.folder("Spam", "cur"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for name in try names(in: new) {
                    try FileManager.default.moveItem(atPath: new + "/" + name, toPath: cur + "/" + name + ":2,S")
                }
            }
            for _ in 0..<2 {
                group.addTask {
                    for identifier in put {
                        let original = try quarantine.original(of: identifier)
                        #expect(original == mail())
                    }
                    for _ in 0..<10 {
                        let listed = try quarantine.identifiers()
                        #expect(Set(listed) == Set(put))
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
