// A chained log as it is, and with one thing done to it: the place is found, and what is no harm is none.
// Must not open files but those that a log is written to.

import Audit
import Foundation
import TLS
import Testing

@testable import AuditReading

private let method = ChainMethod(name: []) { SHA256.digest(of: $0) }
private let keyed = ChainMethod(name: [1]) { SHA256.code(of: $0, key: Array("a key of some length".utf8)) }

@Suite struct ChainVerifierTests {
    /// Eight lines in two files, as a log writes them: each begins with a line of the chain's own.
    private static func files(_ method: ChainMethod = method) throws -> [[String]] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("popsieve-chain-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("audit").path
        let log = try AuditLog(.file(path: path, upkeep: FileUpkeep(chain: method)))
        for number in 1...6 {
            if number == 4 {
                try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
                try log.reopen()
            }
            var lines = AuditLines()
            lines.append(message(number), at: moment)
            log.write(&lines)
        }
        return try [path + ".1", path].map { name in
            try String(contentsOfFile: name, encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    /// Where it breaks, such as `b:2 wrong`; `ok` if it does not.
    private func outcome(_ files: [[String]], _ method: ChainMethod = method, isWhole: Bool = true) -> String {
        var verifier = ChainVerifier(method)
        do throws(ChainVerifier.Break) {
            for (name, lines) in zip(["a", "b"], files) {
                for (index, line) in lines.enumerated() {
                    try verifier.take(Array(line.utf8), at: .init(file: name, line: index + 1))
                }
            }
            try verifier.finish(isWhole: isWhole)
            return "ok"
        } catch {
            return "\(error.place.file):\(error.place.line) \(error.cause)"
        }
    }

    private typealias Change = @Sendable (inout [[String]]) -> Void

    private static let changes: [(String, Change)] = [
        ("ok", { _ in }),
        ("a:3 wrong", { $0[0][2] = $0[0][2].replacing("\"number\":2", with: "\"number\":9") }),
        ("a:3 wrong", { $0[0].remove(at: 2) }),
        ("a:3 wrong", { $0[0].swapAt(2, 3) }),
        ("a:3 wrong", { $0[0].insert($0[0][1], at: 2) }),
        ("a:2 wrong", { $0[0][1] = $0[0][1].replacing("\"event\"", with: "\"Event\"") }),
        ("a:2 wrong", { $0[0][1] = $0[0][1].dropLast(3) + ($0[0][1].hasSuffix("0\"}") ? "1\"}" : "0\"}") }),
        ("a:1 wrong", { $0[0][0] = $0[0][0].replacing("nothing-before", with: "nothing-behind") }),
        ("a:1 noBeginning", { $0[0].removeFirst() }),
        ("a:3 unchained", { $0[0].insert("{\"v\":1}", at: 2) }),
        ("a:3 unchained", { $0[0].insert("garbage", at: 2) }),
        ("b:1 gap", { $0[0].removeLast() }),
        ("a:3 unchained", { $0[0].insert("", at: 2) }),
        ("a:5 unchained", { $0[0].append("") }),
        ("b:5 unchained", { $0[1].append("") }),
        ("a:5 unchained", { $0[0].append("{\"v\":1}") }),
        ("b:5 unchained", { $0[1].append("{\"v\":1}") }),
        ("b:1 gap", { $0[0] = ["{\"v\":1}"] }),
        ("b:2 wrong", { $0[1].remove(at: 1) }),
        // What no chain can show: the end is gone, the beginning is elsewhere.
        ("ok", { $0[1].removeLast() }),
        ("ok", { $0[0] = [] }),
        // Lines from before the chain.
        ("ok", { $0[0].insert("{\"v\":1}", at: 0) }),
    ]

    @Test(arguments: changes.indices) func oneThingIsDone(index: Int) throws {
        let (expected, change) = Self.changes[index]
        var files = try Self.files()
        change(&files)
        #expect(outcome(files) == expected)
    }

    @Test func withAKeyOnlyWhoHasItCanMakeAChain() throws {
        let files = try Self.files(keyed)
        #expect(outcome(files, keyed) == "ok")
        #expect(outcome(files) == "a:1 wrong")
        #expect(outcome(try Self.files(), keyed) == "a:1 wrong")
    }

    @Test func aNewChainInTheMiddleIsTold() throws {
        #expect(outcome([try Self.files()[0] + Self.files()[0]]) == "a:5 beginsAnew(reason: \"nothing-before\")")
    }

    @Test func theLastLineMayBeInTheMaking() throws {
        var files = try Self.files()
        files[1].append("{\"v\":1,\"ti")
        #expect(outcome(files, isWhole: false) == "ok")
        #expect(outcome(files) == "b:5 unchained")
    }

    @Test func whatIsToldOfIt() throws {
        let files = try Self.files()
        var verifier = ChainVerifier(method)
        for line in files[1] { try verifier.take(Array(line.utf8), at: .init(file: "b", line: 1)) }
        #expect(verifier.chained == 4 && verifier.unchained == 0)
        #expect(verifier.predecessor == ChainedLine(Array(files[0][3].utf8))?.link)
        #expect(verifier.last == ChainedLine(Array(files[1][3].utf8))?.link)
    }
}
