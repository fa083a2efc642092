// `popsieve fmt` on files: what is written, what is left alone, how it ends.
// Must not test how scripts look: that is Sieve's.

import ArgumentParser
import Foundation
import Testing

@testable import popsieve

@Suite struct FormatCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("good/a.sieve", "keep;\n")
        try folder.write("odd/b.sieve", "keep;stop;", mode: 0o640)
        try folder.write("odd/c.svtest", "KEEP;")
        try folder.write("odd/d.txt", "keep;stop;")
        try folder.write("broken/e.sieve", "keep;stop")
    }

    private func run(_ arguments: String...) -> Int32 {
        do {
            var command = try Popsieve.parseAsRoot(["fmt"] + arguments.map { $0.replacing("@", with: folder.path) })
            try command.run()
            return 0
        } catch {
            return Popsieve.exitCode(for: error).rawValue
        }
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
    }

    @Test func writesWhatWasNotFormatted() throws {
        #expect(run("@/odd") == 0)
        #expect(try text("odd/b.sieve") == "keep;\nstop;\n")
        #expect(try text("odd/c.svtest") == "keep;\n")
        #expect(try text("odd/d.txt") == "keep;stop;")
        #expect(FileManager.default.permissions("\(folder.path)/odd/b.sieve") == 0o640)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/odd").count == 3)
        #expect(run("--check", "@/odd") == 0)
    }

    @Test func checkWritesNothing() throws {
        #expect(run("--check", "@/good") == 0)
        #expect(run("--check", "@/good", "@/odd/b.sieve") == 1)
        #expect(try text("odd/b.sieve") == "keep;stop;")
    }

    @Test func whatIsBrokenIsLeftAlone() throws {
        #expect(run("@/broken", "@/odd/b.sieve") == 78)
        #expect(try text("broken/e.sieve") == "keep;stop")
        #expect(try text("odd/b.sieve") == "keep;\nstop;\n")
        #expect(run("@/nothing", "@/good") == 66)
        #expect(run() == 64)
        #expect(run("-", "@/good") == 64)
    }

    @Test func aLinkStaysALink() throws {
        let link = "\(folder.path)/link.sieve"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "odd/b.sieve")
        #expect(run("@/link.sieve") == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "odd/b.sieve")
        #expect(try text("odd/b.sieve") == "keep;\nstop;\n")
    }

    @Test func theRulesThatShipAreFormatted() throws {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        #expect(run("--check", here.appending(path: "../../../Rules").standardized.path) == 0)
    }
}
