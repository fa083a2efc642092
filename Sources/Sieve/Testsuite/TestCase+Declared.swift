// The cases that a test file has, whether they run or not.
// Must not run one.

extension TestCase {
    /// All cases of a test file, in order; they stand at its top, so they run in this order.
    static func all(in source: [UInt8], limits: Limits) -> [TestCase] {
        var parser = Parser(source: source, limits: limits)
        return parser.parse().commands.filter { $0.name.lowercased() == "test" }.map { test in
            var name = ""
            if case .string(let octets)? = test.arguments.first?.value { name = octets.text }
            return TestCase(name: name, line: test.position.line)
        }
    }
}
