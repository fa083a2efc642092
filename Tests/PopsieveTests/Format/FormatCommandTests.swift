// `popsieve fmt` on files: what is written, what is left alone, how it ends.
// Must not test how scripts look: that is Sieve's.

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

    private func run(_ arguments: String...) async throws -> Int32 {
        try await folder.popsieve(["fmt"] + arguments).status
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
    }

    @Test func writesWhatWasNotFormatted() async throws {
        #expect(try await run("@/odd") == 0)
        #expect(try text("odd/b.sieve") == "keep;\nstop;\n")
        #expect(try text("odd/c.svtest") == "keep;\n")
        #expect(try text("odd/d.txt") == "keep;stop;")
        #expect(FileManager.default.permissions("\(folder.path)/odd/b.sieve") == 0o640)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/odd").count == 3)
        #expect(try await run("--check", "@/odd") == 0)
    }

    @Test func checkWritesNothing() async throws {
        #expect(try await run("--check", "@/good") == 0)
        #expect(try await run("--check", "@/good", "@/odd/b.sieve") == 1)
        #expect(try text("odd/b.sieve") == "keep;stop;")
    }

    @Test func whatIsBrokenIsLeftAlone() async throws {
        #expect(try await run("@/broken", "@/odd/b.sieve") == 78)
        #expect(try text("broken/e.sieve") == "keep;stop")
        #expect(try text("odd/b.sieve") == "keep;\nstop;\n")
        #expect(try await run("@/nothing", "@/good") == 66)
        #expect(try await run() == 64)
        #expect(try await run("-", "@/good") == 64)
    }

    @Test func aLinkStaysALink() async throws {
        let link = "\(folder.path)/link.sieve"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "odd/b.sieve")
        #expect(try await run("@/link.sieve") == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "odd/b.sieve")
        #expect(try text("odd/b.sieve") == "keep;\nstop;\n")
    }

    @Test func theRulesThatShipAreFormatted() async throws {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        #expect(try await run("--check", here.appending(path: "../../../Rules").standardized.path) == 0)
    }
}
