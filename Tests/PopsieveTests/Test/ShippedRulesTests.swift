// The rule files that ship, switched on as each says, under the tests that ship with them.
// Must not test what the rules find: SieveTests do.

import Foundation
import Testing

struct ShippedRulesTests {
    private static let source = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Rules").standardized

    /// Those that say how they are switched on.
    private static let switchable: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: source.path)) ?? []
        return names.filter { text($0).contains("remove the number signs below to switch it on") }.sorted()
    }()

    private static func text(_ name: String) -> String {
        (try? String(contentsOf: source.appending(path: name), encoding: .utf8)) ?? ""
    }

    /// - Parameter sign: what is removed from the beginning of each line below the comment
    private static func switchedOn(_ name: String, _ sign: String) -> String {
        let text = text(name)
        guard let start = text.range(of: "\n\n")?.upperBound else { return text }
        return text[..<start]
            + text[start...].split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.hasPrefix(sign) ? line.dropFirst(sign.count) : line.hasPrefix("#") ? line.dropFirst() : line
            }.joined(separator: "\n")
    }

    /// A copy in which these are on.
    private func folder(_ on: [String], _ sign: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.source.path) {
            try folder.write("Rules/\(name)", on.contains(name) ? Self.switchedOn(name, sign) : Self.text(name))
        }
        return folder
    }

    /// Switched on as its comment says, one of them failed its own tests.
    @Test(arguments: switchable.map { [$0] } + [[], switchable], ["# ", "#"])
    func theirOwnTestsPassHoweverManyAreSwitchedOn(_ on: [String], _ sign: String) async throws {
        #expect(Self.switchable == ["40-attachments.sieve", "90-subject.sieve"])
        let folder = try folder(on, sign)
        let tested = try await folder.popsieve(["test", "Rules"])
        #expect(tested.status == 0, "\(tested)")
        let checked = try await folder.popsieve(["check", "Rules"])
        #expect(checked.status == 0 && checked.errors == "", "\(checked)")
    }

    /// Those that do something once a scanner is set up, and all others.
    @Test func theyAreGoodUnderSettingsWithScanners() async throws {
        let folder = try folder(Self.switchable, "# ")
        try folder.write(
            "popsieve.yaml",
            """
            upstream: pop.example.com
            rules: Rules
            quarantine: quarantine
            scanners:
              mine: { type: command, command: [/bin/true], looks-for: [virus, spam] }
            """
        )
        let checked = try await folder.popsieve(["check"])
        #expect(checked.status == 0 && checked.errors == "", "\(checked)")
        #expect(checked.output.contains("7 files, depth scan"), "\(checked)")
    }
}
