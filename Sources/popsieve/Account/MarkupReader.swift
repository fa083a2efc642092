// XML as far as settings of mail programs use it: elements, attributes, text.
// Must not read what can name other files or grow: no document types, no entities but the five.

/// What follows one another in a document.
enum MarkupEvent: Equatable {
    case begin(name: String, attributes: [String: String])
    case end(name: String)
    case text(String)
}

/// It is no XML, or more of it than is read.
struct MarkupFault: Error, Equatable {}

/// Reads a whole document; elements are closed in the order in which they were opened.
struct MarkupReader {
    private static let sizeLimit = 65_536
    private static let depthLimit = 16

    private var rest: Substring
    private var open: [String] = []

    static func events(_ octets: [UInt8]) throws(MarkupFault) -> [MarkupEvent] {
        guard octets.count <= sizeLimit, let text = String(validating: octets, as: UTF8.self) else {
            throw MarkupFault()
        }
        var reader = MarkupReader(rest: text[...])
        var events: [MarkupEvent] = []
        while let event = try reader.next() { events.append(contentsOf: event) }
        guard reader.open.isEmpty else { throw MarkupFault() }
        return events
    }

    private init(rest: Substring) { self.rest = rest }

    /// Nil at the end; empty for what means nothing.
    private mutating func next() throws(MarkupFault) -> [MarkupEvent]? {
        guard let first = rest.unicodeScalars.first else { return nil }
        guard first == "<" else {
            let text = rest.prefix { $0 != "<" }
            rest = rest[text.endIndex...]
            return [.text(try Self.unescaped(text))]
        }
        if rest.hasPrefix("<!--") { return try skip("-->") }
        if rest.hasPrefix("<?") { return try skip("?>") }
        if rest.hasPrefix("</") { return try end() }
        return try begin()
    }

    private mutating func skip(_ mark: String) throws(MarkupFault) -> [MarkupEvent] {
        guard let range = rest.firstRange(of: mark) else { throw MarkupFault() }
        rest = rest[range.upperBound...]
        return []
    }

    private mutating func end() throws(MarkupFault) -> [MarkupEvent] {
        rest.removeFirst(2)
        let name = try takeName()
        skipBlanks()
        guard take(">"), open.popLast() == name else { throw MarkupFault() }
        return [.end(name: name)]
    }

    private mutating func begin() throws(MarkupFault) -> [MarkupEvent] {
        rest.removeFirst()
        let name = try takeName()
        var attributes: [String: String] = [:]
        while true {
            skipBlanks()
            if take("/>") { return [.begin(name: name, attributes: attributes), .end(name: name)] }
            if take(">") { break }
            let key = try takeName()
            skipBlanks()
            guard take("=") else { throw MarkupFault() }
            skipBlanks()
            guard attributes.updateValue(try takeQuoted(), forKey: key) == nil else { throw MarkupFault() }
        }
        open.append(name)
        guard open.count <= Self.depthLimit else { throw MarkupFault() }
        return [.begin(name: name, attributes: attributes)]
    }

    private mutating func takeQuoted() throws(MarkupFault) -> String {
        guard let quote = rest.first, quote == "\"" || quote == "'" else { throw MarkupFault() }
        let value = rest.dropFirst().prefix { $0 != quote && $0 != "<" }
        guard rest[value.endIndex...].first == quote else { throw MarkupFault() }
        rest = rest[value.endIndex...].dropFirst()
        return try Self.unescaped(value)
    }

    private mutating func takeName() throws(MarkupFault) -> String {
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.:".contains($0)) }
        guard name.first?.isLetter == true else { throw MarkupFault() }
        rest = rest[name.endIndex...]
        return String(name)
    }

    private mutating func take(_ mark: String) -> Bool {
        guard rest.hasPrefix(mark) else { return false }
        rest.removeFirst(mark.count)
        return true
    }

    private mutating func skipBlanks() { rest = rest.drop { $0.isWhitespace } }

    private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]

    private static func unescaped(_ text: Substring) throws(MarkupFault) -> String {
        var pieces = text.split(separator: "&", omittingEmptySubsequences: false)[...]
        var result = String(pieces.popFirst() ?? "")
        for piece in pieces {
            guard let end = piece.firstIndex(of: ";"), let value = entities[String(piece[..<end])] else {
                throw MarkupFault()
            }
            result += value + piece[piece.index(after: end)...]
        }
        return result
    }
}
