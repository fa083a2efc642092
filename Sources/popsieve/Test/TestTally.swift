// The results of all test files: how many there are of each kind, and one object for programs.
// Must not change without RuleTests.md: programs read it.

/// Everything that a run of test files came to.
struct TestTally {
    private(set) var results: [TestResult] = []

    mutating func add(_ results: [TestResult]) { self.results += results }

    func count(_ status: TestResult.Status) -> Int { results.count { $0.status == status } }

    /// One object in one line.
    var json: String {
        JSONText.line(
            Report(
                passed: count(.passed),
                failed: count(.failed),
                skipped: count(.skipped),
                cases: results.map(Report.Case.init)
            )
        )
    }

    private struct Report: Encodable {
        struct Case: Encodable {
            let result: TestResult

            enum CodingKeys: String, CodingKey {
                case file, line, name, status, reason
            }

            /// Keys without a value are there, so that all cases have the same ones.
            func encode(to encoder: any Encoder) throws {
                var values = encoder.container(keyedBy: CodingKeys.self)
                try values.encode(result.file, forKey: .file)
                try values.encode(result.line, forKey: .line)
                try values.encode(result.name, forKey: .name)
                try values.encode(result.status.rawValue, forKey: .status)
                try values.encode(result.reason, forKey: .reason)
            }
        }

        let passed: Int
        let failed: Int
        let skipped: Int
        let cases: [Case]
    }
}
