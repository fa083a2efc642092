// Reads the syntax of PCRE2 as far as it takes to tell what a pattern requires (pcre2pattern).
// Must not read on where it does not know what a sign means: then nothing is required.

import CPCRE2

/// One pattern on its way to a requirement.
struct PatternReader {
    /// The pattern holds something that is read differently by different versions, or that nobody has thought of here.
    struct NotUnderstood: Error {}

    /// The options that change what literals there are.
    struct Flags {
        var isCaseless: Bool
        /// White space and comments do not count.
        var isExtended: Bool
    }

    var octets: OctetReader
    var flags: Flags
    let isUTF: Bool
    /// Whether it is between `\Q` and `\E`, where no sign means anything.
    var isQuoted: Bool

    /// What matches of `source` are known to be; nil if it is not understood. PCRE2 must have compiled it.
    static func requirement(of source: [UInt8], _ options: Pattern.Options) -> Requirement? {
        var reader = PatternReader(
            octets: OctetReader(source),
            flags: Flags(isCaseless: options.contains(.caseless), isExtended: options.contains(.extended)),
            isUTF: options.contains(.utf),
            isQuoted: options.contains(.literal)
        )
        do throws(NotUnderstood) {
            if options.contains(.literal) { return try reader.literalText() }
            let whole = try reader.alternatives()
            return reader.octets.isAtEnd ? whole : nil
        } catch {
            return nil
        }
    }

    /// The whole pattern as text without signs.
    private mutating func literalText() throws(NotUnderstood) -> Requirement {
        var sequence = Requirement.Sequence()
        while !octets.isAtEnd { sequence.append(try character()) }
        return sequence.whole
    }

    /// Up to a closing parenthesis or the end. What options say in it holds for the alternatives behind, and no longer.
    mutating func alternatives() throws(NotUnderstood) -> Requirement {
        let outer = flags
        defer { flags = outer }
        var branches = [try sequence()]
        while octets.take("|") { branches.append(try sequence()) }
        return .any(of: branches)
    }

    private mutating func sequence() throws(NotUnderstood) -> Requirement {
        var sequence = Requirement.Sequence()
        while true {
            try skipIgnored()
            guard let next = octets.next, isQuoted || !"|)".utf8.contains(next) else { return sequence.whole }
            let item = try isQuoted ? character() : self.item(next)
            sequence.append(try quantified(item))
        }
    }

    private mutating func item(_ first: UInt8) throws(NotUnderstood) -> Requirement {
        switch first {
        case UInt8(ascii: "\\"): return try escape()
        case UInt8(ascii: "("): return try group()
        case UInt8(ascii: "["): return try characterClass()
        case UInt8(ascii: "."):
            octets.advance()
            return .unknown
        case UInt8(ascii: "^"), UInt8(ascii: "$"):
            octets.advance()
            return .nothing
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"): throw NotUnderstood()
        case UInt8(ascii: "{"):
            if octets.mayBeginQuantifier { throw NotUnderstood() }
            return try character()
        default: return try character()
        }
    }

    /// A character that stands for itself.
    mutating func character() throws(NotUnderstood) -> Requirement {
        guard let first = octets.next else { throw NotUnderstood() }
        if first < 0x80 {
            octets.advance()
            return .texts([[first.asciiLowercased]])
        }
        // Some are white space, in some versions.
        if flags.isExtended { throw NotUnderstood() }
        let text = octets.takeCharacter(isUTF: isUTF)
        return flags.isCaseless || !isUTF ? .unknown : .texts([Folding.folded(text)])
    }

    // MARK: What does not count

    /// Skips what may stand before an item, and between an item and its quantifier, and means nothing.
    private mutating func skipIgnored() throws(NotUnderstood) {
        while true {
            if octets.take("\\E") {
                isQuoted = false
            } else if isQuoted {
                return
            } else if octets.take("\\Q") {
                isQuoted = true
            } else if octets.take("(?#") {
                guard octets.skip(through: UInt8(ascii: ")")) else { throw NotUnderstood() }
            } else if flags.isExtended, let next = octets.next, next == 0x20 || (0x09...0x0D).contains(next) {
                octets.advance()
            } else if flags.isExtended, octets.take("#") {
                try skipComment()
            } else {
                return
            }
        }
    }

    /// What ends a line is a setting of PCRE2's build.
    private static let lineFeedEndsLine: Bool = {
        var newline: UInt32 = 0
        unsafe pcre2_config_8(UInt32(PCRE2_CONFIG_NEWLINE), &newline)
        return [PCRE2_NEWLINE_LF, PCRE2_NEWLINE_ANY, PCRE2_NEWLINE_ANYCRLF].contains { UInt32($0) == newline }
    }()

    private mutating func skipComment() throws(NotUnderstood) {
        guard Self.lineFeedEndsLine else { throw NotUnderstood() }
        while let next = octets.next, next != 0x0A {
            // Other line ends are line ends for some.
            guard (0x20...0x7E).contains(next) || next == 0x09 else { throw NotUnderstood() }
            octets.advance()
        }
    }

    // MARK: Quantifiers

    private mutating func quantified(_ item: Requirement) throws(NotUnderstood) -> Requirement {
        try skipIgnored()
        guard !isQuoted, let (least, most) = octets.takeQuantifier() else { return item }
        try skipIgnored()
        // Whether it is greedy, lazy or possessive.
        if !isQuoted, !octets.take("?") { _ = octets.take("+") }
        return item.repeated(least, most)
    }
}
