// The engine's own test files, and those of the rules that ship: each case passes.

import Foundation
import Testing

@testable import Sieve

struct SuiteTests {
    private static let here = URL(filePath: #filePath).deletingLastPathComponent()
    private static let rules = here.appending(path: "../../Rules").standardized

    @Test(arguments: try [here.appending(path: "../SieveSuite").standardized, rules].flatMap(testFiles))
    func passes(file: URL) throws {
        let report = TestRun.report(
            Array(try Data(contentsOf: file)),
            name: file.lastPathComponent,
            folder: file.deletingLastPathComponent().path
        ) { path in FileManager.default.contents(atPath: path).map { Array($0) } }
        #expect(report.failure == nil)
        #expect(!report.cases.isEmpty)
        for test in report.cases {
            if let failure = test.failure {
                Issue.record("\(file.lastPathComponent):\(test.line) \(test.name): \(failure)")
            }
        }
    }

    private static func testFiles(in folder: URL) throws -> [URL] {
        let folder = folder.resolvingSymlinksInPath()
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "svtest" }
    }
}
