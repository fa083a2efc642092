// How one case of a test file went, as all outputs show it.

import Sieve

/// A case, or a whole file that could not be run.
struct TestResult: Equatable {
    enum Status: String {
        case passed
        case failed
        case skipped
    }

    /// The test file as it was named.
    let file: String
    /// The case's name; the file's where no case could be run.
    let name: String
    /// Where the case begins; nil for the whole file.
    var line: Int?
    let status: Status
    /// Why it did not pass.
    var reason: String?

    /// All results of a file: its cases, and what ended it before its end.
    static func all(of report: TestReport, file: String) -> [TestResult] {
        let cases = report.cases.map { test in
            TestResult(
                file: file,
                name: test.name,
                line: test.line,
                status: test.failure == nil ? .passed : .failed,
                reason: test.failure
            )
        }
        let skipped = report.skipped.map { test in
            TestResult(
                file: file,
                name: test.name,
                line: test.line,
                status: .skipped,
                reason: "the file ended before this case"
            )
        }
        return cases + (report.failure.map { [failure($0, of: file)] } ?? []) + skipped
    }

    /// A file that could not be run, or not to its end.
    static func failure(_ reason: String, of file: String) -> TestResult {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        return TestResult(file: file, name: name, status: .failed, reason: reason)
    }
}
