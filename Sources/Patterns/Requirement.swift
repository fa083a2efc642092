// What is known of the texts that a piece of a pattern matches, and how pieces come together.
// Must not read a pattern: `PatternReader` does.

/// What every text that a piece of a pattern matches is, or holds.
struct Requirement {
    /// All of them, if they are known and few.
    private(set) var texts: [[UInt8]]?
    /// What stands in each of them, or else in each subject in which the piece finds one.
    private var held: LiteralChoice?

    /// Anything.
    static let unknown = Requirement(texts: nil, held: nil)
    /// The empty text: a place in the subject.
    static let nothing = Requirement(texts: [[]], held: nil)

    /// One of these.
    static func texts(_ texts: [[UInt8]]) -> Requirement {
        texts.count <= LiteralLimits.products
            ? Requirement(texts: texts, held: nil) : Requirement(texts: nil, held: LiteralChoice(texts))
    }

    /// The best that must be there.
    var literals: LiteralChoice? { LiteralChoice.better(held, texts.flatMap(LiteralChoice.init)) }

    /// The same as a condition on the subject: an assertion matches no text of its own.
    var asserted: Requirement { Requirement(texts: [[]], held: literals) }

    /// One of several.
    static func any(of branches: [Requirement]) -> Requirement {
        if branches.count == 1 { return branches[0] }
        let texts = branches.compactMap(\.texts)
        let literals = branches.compactMap(\.literals)
        let all = texts.count == branches.count ? distinct(texts, upTo: LiteralLimits.products) : nil
        let union =
            literals.count == branches.count
            ? distinct(literals.map(\.texts), upTo: LiteralLimits.alternatives) : nil
        return Requirement(texts: all, held: union.flatMap(LiteralChoice.init))
    }

    /// Several times the same; without `most` any number of times.
    func repeated(_ least: Int, _ most: Int?) -> Requirement {
        if most == 0 { return .nothing }
        if least == 0 { return most == 1 ? .any(of: [self, .nothing]) : .unknown }
        var sequence = Sequence()
        for _ in 0..<min(least, LiteralLimits.longest) { sequence.append(self) }
        if least != most || least > LiteralLimits.longest { sequence.append(.unknown) }
        return sequence.whole
    }

    /// In an order that is always the same, so that a pattern that is read twice comes to the same.
    private static func distinct(_ texts: [[[UInt8]]], upTo limit: Int) -> [[UInt8]]? {
        let all = Set(texts.joined())
        return all.count > limit ? nil : all.sorted { $0.lexicographicallyPrecedes($1) }
    }

    fileprivate init(texts: [[UInt8]]?, held: LiteralChoice?) {
        self.texts = texts
        self.held = held
    }

    /// Pieces of a pattern one behind the other.
    struct Sequence {
        /// What the last pieces match together: texts without a gap.
        private var run: [[UInt8]] = [[]]
        /// Whether that is all pieces.
        private var isRunWhole = true
        private var held: LiteralChoice?

        mutating func append(_ next: Requirement) {
            held = LiteralChoice.better(held, next.held)
            if let texts = next.texts, fits(texts) {
                run = run.flatMap { first in texts.map { first + $0 } }
            } else {
                held = LiteralChoice.better(held, LiteralChoice(run))
                run = next.texts ?? [[]]
                isRunWhole = false
            }
        }

        private func fits(_ texts: [[UInt8]]) -> Bool {
            let length = (run.lazy.map(\.count).max() ?? 0) + (texts.lazy.map(\.count).max() ?? 0)
            return run.count * texts.count <= LiteralLimits.products && length <= LiteralLimits.longest
        }

        var whole: Requirement {
            Requirement(
                texts: isRunWhole ? run : nil,
                held: isRunWhole ? held : LiteralChoice.better(held, LiteralChoice(run))
            )
        }
    }
}

/// Texts of which one must be there, and how much that tells.
struct LiteralChoice {
    let texts: [[UInt8]]
    /// Grows with the length and rareness of the text that tells least, and shrinks with the number of texts.
    private let worth: Int

    /// Nil if one of them is too short to tell anything.
    init?(_ texts: [[UInt8]]) {
        var least = Int.max
        for text in texts {
            if text.count < LiteralLimits.shortest { return nil }
            least = min(least, text.reduce(0) { $0 + Self.rareness($1) })
        }
        if texts.isEmpty { return nil }
        self.texts = texts
        worth = 2 * least - (Int.bitWidth - texts.count.leadingZeroBitCount)
    }

    static func better(_ left: LiteralChoice?, _ right: LiteralChoice?) -> LiteralChoice? {
        guard let left, let right else { return left ?? right }
        return right.worth > left.worth ? right : left
    }

    /// What an octet tells: texts are made of some letters more than of others, and words have no digits.
    private static func rareness(_ octet: UInt8) -> Int {
        switch octet {
        case UInt8(ascii: " "): 1
        case _ where "aeinorst".utf8.contains(octet): 2
        case UInt8(ascii: "0")...UInt8(ascii: "9"): 5
        default: 3
        }
    }
}
