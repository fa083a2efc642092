// What the settings tell rule files: lists, where scores stand, which fields are not theirs.
// Must not read a file: whoever knows settings brings what is in them.

package import Sieve

/// The settings of the rule language.
package struct RuleSettings: Sendable {
    /// The lists that rules can ask for (RFC 6134), by name.
    package var lists: [String: ValueList] = [:]
    /// Where spamtest and virustest find their scores (RFC 5235).
    package var scores = ScoreSettings()
    /// What stands between user and detail in a local part (RFC 5233 section 4).
    package var addressSeparator = "+"
    /// Header fields that rules must not add, in lower case; Subject they always may (RFC 5293 section 6).
    package var unaddableFields: Set<String> = []
    /// Header fields that rules must not delete, in lower case; Subject they always may.
    package var undeletableFields: Set<String> = []
    /// The bounds of scripts and of their evaluation.
    package var limits = Sieve.Limits()

    package init() {}

    /// What scripts are told on every message.
    var context: MessageContext {
        var context = MessageContext()
        context.addressSeparator = Array(addressSeparator.utf8)
        context.scores = scores
        context.unaddableFields = unaddableFields
        context.undeletableFields = undeletableFields
        return context
    }

    /// The answer to a question about lists; nil if it is another question.
    func answer(to need: Sieve.Need) -> Bool? {
        switch need {
        case .hasList(let name): lists[String(decoding: name, as: UTF8.self)] != nil
        case .list(let name, let value): lists[String(decoding: name, as: UTF8.self)]?.contains(value) ?? false
        case .size, .message, .scan, .duplicate, .hasMailbox: nil
        }
    }
}

/// The values of a list kept outside of rule files; letters match in either case.
package struct ValueList: Sendable {
    private let values: Set<[UInt8]>

    /// How many values there are.
    package var count: Int { values.count }

    /// Takes a text with one value a line; blank lines and lines that begin with `#` do not count.
    package init(text: [UInt8]) {
        let lines = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let trimmed = lines.map(Self.trimmed)
        values = Set(trimmed.filter { !$0.isEmpty && $0.first != UInt8(ascii: "#") }.map(Self.folded))
    }

    /// Takes the values themselves.
    package init(_ values: [String]) {
        self.values = Set(values.map { Self.folded(Array($0.utf8)[...]) })
    }

    /// A text that is another for other values.
    var identity: [UInt8] {
        values.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { Array("\($0.count):".utf8) + $0 }
    }

    package func contains(_ value: [UInt8]) -> Bool { values.contains(Self.folded(value[...])) }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank = { (octet: UInt8) in octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t") }
        let end = line.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? line.startIndex
        return line[..<end].drop(while: isBlank)
    }

    private static func folded(_ value: ArraySlice<UInt8>) -> [UInt8] {
        value.map { $0 &- UInt8(ascii: "A") < 26 ? $0 | 0x20 : $0 }
    }
}
