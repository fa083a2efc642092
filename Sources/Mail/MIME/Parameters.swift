// The value and the parameters of Content-Type, Content-Disposition and their kin (RFC 2045 section 5.1, RFC 2231).
// Must not know what a parameter is good for.

/// A header value of the form `value; name=value; …`.
public struct ParameterizedValue: Sendable, Equatable {
    /// What stands before the first semicolon, in small letters, without comments and white space at its ends.
    public let value: [UInt8]
    /// The parameters in order, each name once: continuations joined, character sets converted (RFC 2231).
    public let parameters: [Parameter]
    /// What is wrong, with offsets in the text that was given.
    public let defects: [Defect]
    /// Whether `parameters` has all of them; false if there are more than `Limits.parameters`.
    public var isComplete: Bool { !defects.contains { $0.kind == .tooManyParameters } }

    /// One parameter.
    public struct Parameter: Sendable, Equatable {
        /// The name in small letters, without RFC 2231's asterisks.
        public let name: [UInt8]
        /// The value, unquoted, as UTF-8.
        public let value: [UInt8]
    }

    /// Reads `text`, an unfolded header value.
    public init(_ text: [UInt8], limits: Limits = Limits()) {
        var parser = ParameterParser(text, limits: limits)
        value = parser.value()
        let pieces = parser.pieces()
        var joiner = ParameterJoiner(defects: parser.defects)
        for piece in pieces { joiner.add(piece) }
        parameters = joiner.joined()
        defects = joiner.defects.list
    }

    /// The parameter called `name`, which is in small letters.
    public subscript(name: StaticString) -> [UInt8]? {
        let name = Array(name.description.utf8)
        return parameters.first { $0.name == name }?.value
    }
}

/// Puts the pieces of RFC 2231's continuations together.
struct ParameterJoiner {
    private struct Group {
        let name: [UInt8]
        var plain: ParameterParser.Piece?
        var sections: [ParameterParser.Piece] = []
    }

    private var groups: [Group] = []
    private(set) var defects: Defects

    init(defects: Defects) { self.defects = defects }

    mutating func add(_ piece: ParameterParser.Piece) {
        let index = groups.firstIndex { $0.name == piece.name } ?? groups.endIndex
        if index == groups.endIndex { groups.append(Group(name: piece.name)) }
        if piece.section == nil, !piece.isExtended {
            if groups[index].plain != nil {
                defects.note(.duplicateParameter, at: piece.offset)
            } else {
                groups[index].plain = piece
            }
        } else {
            let section = piece.section ?? 0
            if groups[index].sections.contains(where: { ($0.section ?? 0) == section }) {
                defects.note(.duplicateParameter, at: piece.offset)
            } else {
                groups[index].sections.append(piece)
            }
        }
    }

    /// One parameter for each name. The extended form wins over the plain one (RFC 2231 section 4 and RFC 6266).
    mutating func joined() -> [ParameterizedValue.Parameter] {
        groups.map { group in
            let plain = group.plain.map { self.plain($0) }
            let extended = extended(group)
            if let offset = group.plain?.offset, let extended, extended != plain {
                defects.note(.ambiguousParameter, at: offset)
            }
            return .init(name: group.name, value: extended ?? plain ?? [])
        }
    }

    private mutating func plain(_ piece: ParameterParser.Piece) -> [UInt8] { decoded(piece.value, at: piece.offset) }

    /// A value that names no character set.
    private mutating func decoded(_ value: [UInt8], at offset: Int) -> [UInt8] {
        var found = Defects()
        let text = EncodedWords.decode(value, noting: &found)
        // Forbidden in quoted strings (RFC 2047 section 5), common all the same, and not read by all.
        if text != value, EncodedWords.hasBeginning(value) { defects.note(.encodedWordInParameter, at: offset) }
        for defect in found.list { defects.note(defect.kind, at: offset) }
        return text
    }

    private mutating func extended(_ group: Group) -> [UInt8]? {
        let sections = group.sections.sorted { ($0.section ?? 0) < ($1.section ?? 0) }
        guard let first = sections.first, (first.section ?? 0) == 0 else {
            if let stray = sections.first { defects.note(.malformedParameter, at: stray.offset) }
            return nil
        }
        var octets: [UInt8] = []
        var charset: ArraySlice<UInt8> = []
        var isValid = true
        for (index, section) in sections.enumerated() {
            if (section.section ?? 0) != index {
                defects.note(.malformedParameter, at: section.offset)
                break
            }
            var value = section.value[...]
            if index == 0, section.isExtended { charset = Self.takeCharset(&value) }
            if section.isExtended {
                isValid = Self.percentDecode(value, into: &octets) && isValid
            } else {
                octets += value
            }
        }
        if !isValid { defects.note(.malformedParameter, at: first.offset) }
        // Divided into sections or not, encoded words are read alike.
        if charset.isEmpty { return decoded(octets, at: first.offset) }
        var text: [UInt8] = []
        let outcome = Charset(name: charset).decode(octets[...], into: &text)
        if let defect = outcome.defect { defects.note(defect, at: first.offset) }
        return text
    }

    /// Takes `charset'language'` off the front.
    private static func takeCharset(_ value: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let apostrophe: UInt8 = 0x27
        guard let first = value.firstIndex(of: apostrophe),
            let second = value[(first + 1)...].firstIndex(of: apostrophe)
        else { return [] }
        let charset = value[..<first]
        value = value[(second + 1)...]
        return charset
    }

    /// Appends what an extended value stands for; false if a percent sign has no digits, or an octet stands there that
    /// is to be encoded (RFC 2231 section 7).
    private static func percentDecode(_ value: ArraySlice<UInt8>, into octets: inout [UInt8]) -> Bool {
        var isValid = true
        var index = value.startIndex
        while index < value.endIndex {
            if value[index] == 0x25, let encoded = value.hexOctet(at: index + 1) {
                octets.append(encoded)
                index += 3
            } else {
                if value[index] == 0x25 || !value[index].isVisible { isValid = false }
                octets.append(value[index])
                index += 1
            }
        }
        return isValid
    }
}
