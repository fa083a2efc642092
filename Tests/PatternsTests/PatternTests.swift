// Compiling patterns: every option, what a pattern knows of itself, what is wrong with it and where.
// Must not test PCRE2 itself.

import Testing

@testable import Patterns

@Suite struct PatternTests {
    struct OptionCase: Sendable {
        let option: Pattern.Options
        let pattern: String
        let subject: String
        /// What is matched with the option, and without it.
        let with: String?
        let without: String?
    }

    @Test(arguments: [
        OptionCase(option: .caseless, pattern: "spam", subject: "SPAM", with: "SPAM", without: nil),
        OptionCase(option: .utf, pattern: "^.$", subject: "é", with: "é", without: nil),
        OptionCase(
            option: [.utf, .unicodeProperties],
            pattern: #"^\w+$"#,
            subject: "Größe",
            with: "Größe",
            without: nil
        ),
        OptionCase(option: [.utf, .caseless], pattern: "GRÖSSE", subject: "grösse", with: "grösse", without: nil),
        OptionCase(option: .multiline, pattern: "^b$", subject: "a\nb\nc", with: "b", without: nil),
        OptionCase(option: .dotAll, pattern: "a.b", subject: "a\nb", with: "a\nb", without: nil),
        OptionCase(option: .extended, pattern: "a b # c", subject: "ab", with: "ab", without: nil),
        OptionCase(option: .anchored, pattern: "b", subject: "ab", with: nil, without: "b"),
        OptionCase(option: .endAnchored, pattern: "a", subject: "ab", with: nil, without: "a"),
        OptionCase(option: .dollarEndOnly, pattern: "a$", subject: "a\n", with: nil, without: "a"),
        OptionCase(option: .ungreedy, pattern: "a+", subject: "aaa", with: "a", without: "aaa"),
        OptionCase(option: .literal, pattern: "a.*", subject: "ab a.*", with: "a.*", without: "ab a.*"),
    ])
    func optionMatters(_ test: OptionCase) throws {
        #expect(try match(test.pattern, test.option, test.subject) == test.with)
        #expect(try match(test.pattern, [], test.subject) == test.without)
    }

    private func match(_ pattern: String, _ options: Pattern.Options, _ subject: String) throws -> String? {
        let matcher = try #require(Matcher())
        let octets = Array(subject.utf8)
        let captures = try matcher.firstMatch(of: Pattern(Array(pattern.utf8), options: options), in: octets)
        return captures.map { String(decoding: octets[$0.whole], as: UTF8.self) }
    }

    @Test func groupsWithoutCaptureOption() throws {
        #expect(try Pattern(Array("(a)(b)".utf8)).captureCount == 2)
        #expect(try Pattern(Array("(a)(b)".utf8), options: .noAutoCapture).captureCount == 0)
        #expect(throws: PatternError.self) { try Pattern(Array("(?<n>a)(?<n>b)".utf8)) }
        #expect(try Pattern(Array("(?<n>a)(?<n>b)".utf8), options: .duplicateNames).captureCount == 2)
    }

    @Test(arguments: [
        ("a*", true, 0), ("", true, 0), ("a|", true, 0), ("a", false, 1), ("a{3}b", false, 4), ("(?=a)", true, 1),
        ("é", false, 1),
    ])
    func knowsWhetherItMatchesNothing(pattern: String, matchesEmpty: Bool, minimum: Int) throws {
        let pattern = try Pattern(Array(pattern.utf8))
        #expect(pattern.matchesEmpty == matchesEmpty)
        #expect(pattern.minimumLength == minimum)
        #expect(pattern.isJITCompiled)
    }

    @Test(arguments: [
        ("(", 1), ("a)", 1), ("[a", 2), ("*", 0), (#"\"#, 1), ("(?<1>a)", 3), ("a{2,1}", 5),
        (#"a\C"#, 3), ("(?z)", 2),
    ])
    func errorHasMessageAndOffset(pattern: String, offset: Int) throws {
        let error = try #require(throws: PatternError.self) { try Pattern(Array(pattern.utf8)) }
        #expect(error.offset == offset, "\(pattern): \(error)")
        #expect(!error.message.isEmpty)
    }

    @Test func invalidUTF8InPatternIsAnError() throws {
        let error = try #require(throws: PatternError.self) { try Pattern([0x61, 0xFF]) }
        #expect(error.offset == 1)
        #expect(try Pattern([0x61, 0xFF], options: []).captureCount == 0)
    }

    @Test func patternCannotSwitchUTFOnBehindOurBack() {
        #expect(throws: PatternError.self) { try Pattern(Array("(*UTF)a".utf8), options: []) }
    }

    @Test func compileLimits() throws {
        var limits = CompileLimits()
        limits.patternLength = 3
        #expect(try Pattern(Array("abc".utf8), limits: limits).captureCount == 0)
        #expect(throws: PatternError.self) { try Pattern(Array("abcd".utf8), limits: limits) }
        limits = CompileLimits()
        limits.nesting = 2
        #expect(try Pattern(Array("((a))".utf8), limits: limits).captureCount == 2)
        #expect(throws: PatternError.self) { try Pattern(Array("(((a)))".utf8), limits: limits) }
        // Small to write, huge to compile.
        #expect(throws: PatternError.self) { try Pattern(Array("((a{1000}){1000}){1000}".utf8)) }
    }
}
