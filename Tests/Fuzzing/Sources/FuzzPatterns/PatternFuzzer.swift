// A pattern and a text: what PCRE2 matches must hold what was said to be required.
// Must not look at what is required of a pattern that does not compile.

import FuzzInput
import Patterns

/// One octet of options, a line of a pattern, the rest a subject; and subjects made of the pattern's own letters.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let choice = input.octet()
    let source = input.line()
    let rest = input.rest()
    limited { look(at: source, options(choice), rest) }
    return 0
}

private func look(at source: [UInt8], _ options: Pattern.Options, _ rest: [UInt8]) {
    var limits = MatchLimits()
    limits.steps = 10_000
    guard let pattern = try? Pattern(source, options: options), let matcher = Matcher(limits: limits),
        let required = RequiredLiterals(of: source, options: options)
    else { return }
    let automaton = LiteralAutomaton([nil, required])
    let letters = source.filter {
        $0 >= 0x80 || "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ".utf8.contains($0)
    }
    let turned = letters.map { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A ? $0 ^ 0x20 : $0 }
    for subject in [rest, source, letters, turned, rest + letters, letters + rest + turned] {
        guard let matches = try? matcher.matches(pattern, in: subject) else { continue }
        var candidates = automaton.always
        automaton.scan(subject, into: &candidates)
        precondition(candidates.contains(0))
        precondition(!matches || candidates.contains(1))
    }
}

private func options(_ choice: UInt8) -> Pattern.Options {
    let flags: [Pattern.Options] = [
        .utf, .caseless, .extended, .unicodeProperties, .multiline, .dotAll, .duplicateNames, .literal,
    ]
    var options: Pattern.Options = []
    for (bit, flag) in flags.enumerated() where choice >> bit & 1 != 0 { options.insert(flag) }
    return options
}
