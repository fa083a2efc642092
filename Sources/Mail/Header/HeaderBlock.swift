// The header of a message or a part: its octets, its fields in order, and what is wrong with it.
// Must not decode or copy a value before somebody asks for it.

/// A header block (RFC 5322 section 2.2), read without ever failing.
///
/// Lines end with CRLF; a bare CR or LF is read as a line end as well and is a defect. Lines that are no fields are
/// skipped, with a defect, but stay where they are when the block is rendered.
///
/// Fields can be added and deleted (`add`, `delete`); `fields` and every look-up show the result at once, `bytes` stays
/// what came with the message, and `rendered` gives the edited block. Whatever takes a field takes one of this block.
public struct HeaderBlock: Sendable {
    /// What came with the message, the same for all copies of the block, whatever becomes of them.
    private final class Original: Sendable {
        let bytes: [UInt8]
        let range: Range<Int>
        let isTerminated: Bool
        let isComplete: Bool
        let defects: [Defect]
        let top: Int
        let limits: Limits

        init(
            _ bytes: [UInt8],
            _ range: Range<Int>,
            isTerminated: Bool,
            isComplete: Bool,
            defects: [Defect],
            top: Int,
            limits: Limits
        ) {
            self.bytes = bytes
            self.range = range
            self.isTerminated = isTerminated
            self.isComplete = isComplete
            self.defects = defects
            self.top = top
            self.limits = limits
        }
    }

    private let original: Original

    /// The octets that it was read from: the block, and whatever stood before and behind it.
    public var bytes: [UInt8] { original.bytes }
    /// Where in `bytes` the block is, with its empty line if there is one. The body begins at its end.
    public var range: Range<Int> { original.range }
    /// Whether an empty line ends it.
    public var isTerminated: Bool { original.isTerminated }
    /// Whether `fields` has all fields; false if there are more than `Limits.headerFields`. Whoever judges a block by
    /// its fields has not seen it then.
    public var isComplete: Bool { original.isComplete }
    /// What is wrong with it, each kind once, with offsets in `bytes`.
    public var defects: [Defect] { original.defects }
    /// The fields in order: added on top, those that came, added at the end.
    public internal(set) var fields: [HeaderField]
    /// The names of `fields`, and of fields that were deleted.
    package internal(set) var names: FieldNameSet

    /// The octets of added fields; their ranges count from its beginning.
    var addedBytes: [UInt8] = []
    /// Fields of the original that are deleted, in no order.
    var deleted: [Range<Int>] = []
    /// How many of `fields` were added on top.
    var topCount = 0
    /// Where fields that are added on top go at the earliest: behind an mbox file's line.
    var top: Int { original.top }
    var limits: Limits { original.limits }

    /// Reads the block at the beginning of `bytes`, up to and with its empty line; what follows is not looked at.
    public init(_ bytes: [UInt8], limits: Limits = Limits()) {
        self.init(bytes, in: 0..<bytes.count, limits: limits)
    }

    /// Reads the block at the beginning of `range`, up to and with its empty line.
    public init(_ bytes: [UInt8], in range: Range<Int>, limits: Limits = Limits()) {
        let range = range.clamped(to: 0..<bytes.count)
        let scanner = HeaderScanner(bytes.span, in: range, limits: limits)
        fields = scanner.fields
        names = scanner.names
        original = Original(
            bytes,
            range.lowerBound..<scanner.end,
            isTerminated: scanner.isTerminated,
            isComplete: !scanner.defects.contains(.tooManyFields),
            defects: scanner.defects.list,
            top: scanner.top,
            limits: limits
        )
    }

    /// The block that `scanner` found in `octets`, as a copy that stands by itself.
    ///
    /// - Parameter room: How many octets are copied at most; fields that go beyond are left out, and it is not complete.
    init(_ scanner: HeaderScanner, from start: Int, of octets: Span<UInt8>, room: Int, limits: Limits) {
        let end = min(scanner.end, start + room)
        let isCut = end < scanner.end
        let bytes = [UInt8](copying: octets.extracting(start..<end))
        var fields = scanner.fields
        if isCut { fields.removeAll { $0.end > end } }
        if start > 0 { for index in fields.indices { fields[index].count(from: start) } }
        self.fields = fields
        names = scanner.names
        var found = Defects()
        found.note(scanner.defects, movedBy: -start)
        if isCut { found.note(.tooManyFields, at: bytes.count) }
        original = Original(
            bytes,
            0..<bytes.count,
            isTerminated: scanner.isTerminated && !isCut,
            isComplete: !found.contains(.tooManyFields),
            defects: found.list,
            top: min(scanner.top, end) - start,
            limits: limits
        )
    }
}

// MARK: Looking up

extension HeaderBlock {
    /// The fields called `name`, in order. The case of letters does not count.
    public func fields(named name: [UInt8]) -> [HeaderField] {
        fields.filter { isField($0, named: name) }
    }

    /// The fields called `name`, in order. The case of letters does not count.
    public func fields(named name: StaticString) -> [HeaderField] {
        fields(named: Array(name.description.utf8))
    }

    /// The first field called `name`.
    public func firstField(named name: [UInt8]) -> HeaderField? {
        fields.first { isField($0, named: name) }
    }

    /// The first field called `name`.
    public func firstField(named name: StaticString) -> HeaderField? {
        firstField(named: Array(name.description.utf8))
    }

    /// Whether `field` is called `name`.
    public func isField(_ field: HeaderField, named name: [UInt8]) -> Bool {
        // The lengths differ for nearly all fields.
        field.name.count == name.count && source(of: field)[field.name].isSame(ignoringCaseOf: name[...])
    }

    /// The name of `field`, as it is written.
    public func name(of field: HeaderField) -> ArraySlice<UInt8> {
        source(of: field)[field.name]
    }

    /// The body of `field`, as it is written: folded, with white space at its ends.
    public func body(of field: HeaderField) -> ArraySlice<UInt8> {
        source(of: field)[field.body]
    }

    /// The lines that belong to no field, each by itself: an mbox file's line, what has no colon, and what would continue
    /// one of those or nothing. Readers skip them, or take them for fields without the white space before them.
    package var strayLines: [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = range.lowerBound
        for field in fields where !field.isAdded {
            // In nearly every message a field begins where the one before it ends.
            if start < field.start { lines += self.lines(in: start..<field.start) }
            start = field.end
        }
        if start < fieldsEnd { lines += self.lines(in: start..<fieldsEnd) }
        return deleted.isEmpty ? lines : lines.filter { line in !deleted.contains { $0.overlaps(line) } }
    }

    /// The lines in `part`, which begins with one, with their line ends.
    package func lines(in part: Range<Int>) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = part.lowerBound
        while start < part.upperBound {
            let end = min(behindLine(at: start), part.upperBound)
            lines.append(start..<end)
            start = end
        }
        return lines
    }

    func source(of field: HeaderField) -> [UInt8] { field.isAdded ? addedBytes : bytes }
}

// MARK: Values

extension HeaderBlock {
    /// The body of `field` unfolded: line ends removed (RFC 5322 section 2.2.3), without white space at its ends.
    ///
    /// A tab that begins a continuation line becomes a space: mailers fold with it where a space was, and mail
    /// programs show one.
    public func unfoldedValue(of field: HeaderField) -> [UInt8] {
        let source = source(of: field)
        let body = source.trimmed(field.body)
        guard source[body].contains(where: \.isLineEnd) else { return Array(source[body]) }
        var value: [UInt8] = []
        value.reserveCapacity(body.count)
        var isAfterLineEnd = false
        for octet in source[body] {
            let wasAfterLineEnd = isAfterLineEnd
            isAfterLineEnd = octet.isLineEnd
            if !isAfterLineEnd { value.append(wasAfterLineEnd && octet == .tab ? .space : octet) }
        }
        return value
    }

    /// The body of `field` as text: unfolded, its encoded words decoded (RFC 2047), always valid UTF-8.
    public func decodedValue(of field: HeaderField) -> [UInt8] {
        var defects = Defects()
        return decodedValue(of: field, noting: &defects)
    }

    /// The same, with what is wrong in it; the offsets are those of the field's beginning.
    public func decodedValue(of field: HeaderField, noting defects: inout Defects) -> [UInt8] {
        var found = Defects()
        let text = EncodedWords.decode(unfoldedValue(of: field), noting: &found)
        for defect in found.list { defects.note(defect.kind, at: field.isAdded ? 0 : field.start) }
        return text
    }

    /// The addresses in the body of `field` (RFC 5322 section 3.4), obsolete forms included.
    public func addresses(of field: HeaderField) -> AddressList {
        AddressList(unfoldedValue(of: field), limits: limits)
    }
}
