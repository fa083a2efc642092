// Random patterns, each with texts that it may match: all forms of the syntax within each other.
// Must not be random in earnest: a seed makes the same again.

/// Numbers that a seed makes (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A piece of a pattern, and a text that it is likely to match.
struct GeneratedPattern {
    var source: String
    var sample: String

    private static let letters = [
        "a", "b", "k", "s", "K", "S", "i", "é", "ſ", "\u{212A}", "ß", "0", "_", " ", "-", "#", "\n",
    ]

    /// What a subject is made of beside samples.
    static let noise = letters + ["", "\r", "x", "É", "\u{85}", "ab", "sk"]

    static func random(_ random: inout SeededGenerator, depth: Int) -> GeneratedPattern {
        let count = Int.random(in: 0...4, using: &random)
        var whole = GeneratedPattern(source: "", sample: "")
        for _ in 0..<count {
            var piece = depth > 0 ? item(&random, depth: depth - 1) : letter(&random)
            if Int.random(in: 0..<4, using: &random) == 0 { piece = quantified(piece, &random) }
            whole.source += piece.source
            whole.sample += piece.sample
        }
        guard depth > 0, Int.random(in: 0..<5, using: &random) == 0 else { return whole }
        let other = Self.random(&random, depth: depth - 1)
        let sample = Bool.random(using: &random) ? whole.sample : other.sample
        return GeneratedPattern(source: "\(whole.source)|\(other.source)", sample: sample)
    }

    private static func letter(_ random: inout SeededGenerator) -> GeneratedPattern {
        let letter = letters.randomElement(using: &random) ?? "a"
        return GeneratedPattern(source: letter, sample: letter)
    }

    private static func item(_ random: inout SeededGenerator, depth: Int) -> GeneratedPattern {
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1: return group(&random, depth: depth)
        case 2: return sign(&random)
        case 3: return characterClass(&random)
        default: return letter(&random)
        }
    }

    private static let groups: [(open: String, isText: Bool)] = [
        ("(", true), ("(?:", true), ("(?>", true), ("(?|", true), ("(?i:", true), ("(?-i:", true), ("(?x:", true),
        ("(?i-x:", true), ("(?=", false), ("(?!", false),
        ("(?<=", false), ("(?<!", false), ("(?s-m:", true), ("(?<n>", true), ("(*atomic:", true), ("(?J)(?<n>", true),
        ("(?U)(?'m'", true), ("(?^:", true),
        ("(?(1)", true), ("(?i)(", true), ("(?-i)(", true), ("(?x)(", true), ("(?xx:", true), ("(?R)?(", true),
        ("(?n:(", true),
    ]

    private static func group(_ random: inout SeededGenerator, depth: Int) -> GeneratedPattern {
        let inner = Self.random(&random, depth: depth)
        let (open, isText) = groups.randomElement(using: &random) ?? ("(", true)
        let close = open.hasSuffix("((") || open == "(?n:(" ? "))" : ")"
        return GeneratedPattern(source: open + inner.source + close, sample: isText ? inner.sample : "")
    }

    /// Escapes and comments, each with a text for it.
    private static let signs: [(String, String)] = [
        (#"\b"#, ""), (#"\B"#, ""), ("^", ""), ("$", ""), (".", "x"), (#"\d"#, "0"), (#"\w"#, "a"), (#"\W"#, " "),
        (#"\s"#, "\n"),
        (#"\S"#, "a"), (#"\R"#, "\r\n"), (#"\X"#, "é"), (#"\p{L}"#, "ß"), (#"\PL"#, "0"), (#"\K"#, ""), (#"\G"#, ""),
        (#"\A"#, ""),
        (#"\Z"#, ""), (#"\x61"#, "a"), (#"\x4B"#, "k"), (#"\x{17f}"#, "ſ"), (#"\t"#, "\t"), (#"\Qa|b\E"#, "a|b"),
        ("\\Qs#", "s#"), (#"\E"#, ""),
        (#"\Q\E"#, ""), (#"\-"#, "-"), ("\\#", "#"), (#"\1"#, ""), (#"\101"#, "A"), (#"\o{163}"#, "s"),
        (#"\cA"#, "\u{1}"), (#"(?#x)"#, ""),
        ("#x\n", ""), ("(*ACCEPT)", ""), ("(*SKIP)", ""), ("(*F)", ""), (#"\N"#, "b"), (#"\h"#, " "), ("{", "{"),
        ("{,2}", "{,2}"), ("{ 1}", "{ 1}"), (#"\g{1}"#, ""),
    ]

    private static func sign(_ random: inout SeededGenerator) -> GeneratedPattern {
        let (source, sample) = signs.randomElement(using: &random) ?? (".", "x")
        return GeneratedPattern(source: source, sample: sample)
    }

    private static let classPieces = [
        "a", "K", "s", "ſ", "é", "b", "0", "-", "^", "]", "a-c", #"\d"#, #"\]"#, #"\\"#, #"\-"#, "[:alpha:]",
        "[:^digit:]", "[", #"\x61"#,
        #"\Qb\E"#, #"\cA"#, " ", "#", "[:<:]", #"\p{L}"#, #"\b"#,
    ]

    private static func characterClass(_ random: inout SeededGenerator) -> GeneratedPattern {
        let pieces = (0...Int.random(in: 0...3, using: &random)).map { _ in
            classPieces.randomElement(using: &random) ?? "a"
        }
        let sample = pieces.randomElement(using: &random).flatMap(\.first) ?? "a"
        let not = Int.random(in: 0..<6, using: &random) == 0 ? "^" : ""
        return GeneratedPattern(source: "[\(not)\(pieces.joined())]", sample: String(sample))
    }

    private static let quantifiers: [(String, ClosedRange<Int>)] = [
        ("*", 0...2), ("+", 1...2), ("?", 0...1), ("{2}", 2...2), ("{1,3}", 1...3), ("{0,1}", 0...1), ("{0}", 0...0),
        ("{2,}", 2...3), ("*?", 0...1), ("++", 1...2),
        ("??", 0...1), (" +", 1...2), ("(?#c)+", 1...2), (#"\E*"#, 0...1), ("{,3}", 0...3), ("{1}?", 1...1),
        (#"\Q\E{2}+"#, 2...2),
    ]

    private static func quantified(_ piece: GeneratedPattern, _ random: inout SeededGenerator) -> GeneratedPattern {
        let (sign, counts) = quantifiers.randomElement(using: &random) ?? ("+", 1...2)
        let count = Int.random(in: counts, using: &random)
        return GeneratedPattern(
            source: piece.source + sign,
            sample: String(repeating: piece.sample, count: count)
        )
    }
}
