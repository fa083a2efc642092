// Adding and deleting header fields, and the block as it is then (RFC 5293).
// Must not change an octet of a field that stays.

/// Why a field cannot be added.
public enum HeaderEditError: Error, Sendable, Equatable {
    /// Not visible US-ASCII without a colon (RFC 5322 section 2.2), or longer than `Limits.addedNameLength`.
    case invalidName
    /// Longer than `Limits.addedValueLength`.
    case valueTooLong
    /// A NUL in the value, or a line end that would begin a field of its own.
    case forbiddenOctet
}

/// Where a field is added.
public enum HeaderPlace: Sendable {
    /// Before all fields.
    case top
    /// Behind all fields.
    case end
}

extension HeaderBlock {
    /// Whether anything was added or deleted since the block was read, even if nothing of it is left.
    public var isEdited: Bool { !addedBytes.isEmpty || !deleted.isEmpty }

    /// Adds a field; look-ups see it at once.
    ///
    /// The value is UTF-8 text. Its line ends count only as folding, that is with white space behind them; it is folded
    /// anew at white space where lines get longer than 78 octets, and what is not printable US-ASCII is written as
    /// encoded words (RFC 2047).
    ///
    /// - Returns: The new field.
    @discardableResult
    public mutating func add(
        name: [UInt8],
        value: [UInt8],
        at place: HeaderPlace = .top
    ) throws(HeaderEditError) -> HeaderField {
        guard Self.isFieldName(name), name.count <= limits.addedNameLength else { throw .invalidName }
        guard value.count <= limits.addedValueLength else { throw .valueTooLong }
        guard let text = Self.unfolded(value) else { throw .forbiddenOctet }
        let start = addedBytes.count
        addedBytes += FieldWriter.field(name: name, value: text)
        let field = HeaderField(
            start: start,
            nameEnd: start + name.count,
            bodyStart: start + name.count + 1,
            bodyEnd: addedBytes.count - 2,
            end: addedBytes.count,
            isAdded: true
        )
        names.insert(name)
        switch place {
        case .top:
            fields.insert(field, at: 0)
            topCount += 1
        case .end: fields.append(field)
        }
        return field
    }

    /// Deletes `unwanted`, fields of this block; look-ups lack them at once.
    public mutating func delete(_ unwanted: [HeaderField]) {
        let unwanted = Set(unwanted)
        if unwanted.isEmpty { return }
        topCount -= fields[..<topCount].count { unwanted.contains($0) }
        deleted += fields.lazy.filter { !$0.isAdded && unwanted.contains($0) }.map(\.range)
        fields.removeAll { unwanted.contains($0) }
    }

    /// Deletes `field`, a field of this block.
    public mutating func delete(_ field: HeaderField) { delete([field]) }

    /// Deletes the lines in `lines`, whole ones that belong to no field: some of `strayLines`.
    package mutating func deleteLines(_ lines: Range<Int>) {
        if !lines.isEmpty { deleted.append(lines) }
    }

    /// The block as it is now, with its empty line if it came with one. Every octet that was not edited is as it came.
    ///
    /// Behind a field that was added at the end, the empty line is one for every reader.
    public func rendered() -> [UInt8] {
        let endsWithAdded = fields.count > topCount && fields.last?.isAdded == true
        return renderedFields() + (endsWithAdded && isTerminated ? [.cr, .lf] : bytes[fieldsEnd..<range.upperBound])
    }

    /// The same without the empty line; its last line has a line end if anything was added.
    package func renderedFields() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(range.count + addedBytes.count + 2)
        let gaps = gaps
        let place = topCount > 0 ? placeOnTop(gaps) : range.lowerBound
        append(range.lowerBound..<place, without: gaps, to: &output)
        append(fields[..<topCount], to: &output)
        append(place..<fieldsEnd, without: gaps, to: &output)
        append(fields[topCount...].filter(\.isAdded)[...], to: &output)
        return output
    }

    /// What does not come back, in order. Behind a bare CR or LF it is that line end that goes, and not the last one:
    /// a reader who sees no line end in it would lose the end of the line before.
    private var gaps: [Range<Int>] {
        var gaps: [Range<Int>] = []
        for part in allDeleted {
            if let last = gaps.last, last.upperBound == part.lowerBound {
                gaps[gaps.count - 1] = last.lowerBound..<part.upperBound
            } else {
                gaps.append(part)
            }
        }
        if !defects.contains(where: { $0.kind == .bareCR || $0.kind == .bareLF }) { return gaps }
        return gaps.map { gap in
            let start = beforeBareLineEnd(gap.lowerBound)
            return start == gap.lowerBound ? gap : start..<beforeLineEnd(gap.upperBound)
        }
    }

    /// What was deleted, and what goes because of a field that was added, in order.
    private var allDeleted: [Range<Int>] { (deleted + strayBeginning).sorted { $0.lowerBound < $1.lowerBound } }

    /// What stands before the first field that came and belongs to none, if fields were added above it and a reader could
    /// take it for a continuation of the last of them. Below it they would not be seen by readers for whom such lines
    /// end the header. Where no field came at all, those lines may be all that the message says, and stay.
    private var strayBeginning: [Range<Int>] {
        guard topCount > 0, let first = fields.first(where: { !$0.isAdded })?.start, first > top else { return [] }
        let lines = strayLines.filter { $0.lowerBound >= top && $0.upperBound <= first }
        return lines.contains { Self.mayContinue(bytes[$0.lowerBound]) } ? lines : []
    }

    /// Before the bare CR or LF that ends before `offset`; `offset` if that is none.
    private func beforeBareLineEnd(_ offset: Int) -> Int {
        let start = beforeLineEnd(offset)
        return offset - start == 1 ? start : offset
    }

    /// Before the line end that ends before `offset`.
    private func beforeLineEnd(_ offset: Int) -> Int {
        guard offset > top, bytes[offset - 1].isLineEnd else { return offset }
        let isCRLF = offset - 1 > top && bytes[offset - 1] == .lf && bytes[offset - 2] == .cr
        return offset - (isCRLF ? 2 : 1)
    }

    /// Appends what came in `part`, but for the gaps in it.
    private func append(_ part: Range<Int>, without gaps: [Range<Int>], to output: inout [UInt8]) {
        var position = part.lowerBound
        for gap in gaps where gap.overlaps(part) {
            output += bytes[position..<max(position, gap.lowerBound)]
            position = gap.upperBound
        }
        output += bytes[min(position, part.upperBound)..<part.upperBound]
    }

    private func append(_ added: ArraySlice<HeaderField>, to output: inout [UInt8]) {
        if added.isEmpty { return }
        // The line before ends for every reader.
        if !output.isEmpty, !output.suffix(2).elementsEqual([.cr, .lf]) {
            if output.last == .lf || output.last == .cr { output.removeLast() }
            output += [.cr, .lf]
        }
        for field in added { output += addedBytes[field.range] }
    }

    /// Where fields are added on top: behind lines that would continue them, which the message may begin with. Those
    /// stay what they are, a continuation of nothing.
    private func placeOnTop(_ gaps: [Range<Int>]) -> Int {
        var place = top
        var gaps = gaps[...]
        while place < fieldsEnd {
            if let gap = gaps.first, gap.lowerBound <= place {
                place = max(place, gap.upperBound)
                gaps.removeFirst()
            } else if Self.mayContinue(bytes[place]) {
                place = behindLine(at: place)
            } else {
                break
            }
        }
        return place
    }

    /// Whether a reader may take a line that begins with `octet` for a continuation: some skip control characters.
    private static func mayContinue(_ octet: UInt8) -> Bool { octet <= .space || octet == 0x7F }

    /// Behind the line end of the line that begins at `start`.
    func behindLine(at start: Int) -> Int {
        let end = fieldsEnd
        var index = start
        while index < end, !bytes[index].isLineEnd { index += 1 }
        let isCRLF = index + 1 < end && bytes[index] == .cr && bytes[index + 1] == .lf
        return min(end, index + (isCRLF ? 2 : 1))
    }

    /// The names of the fields that were added, in the order in which they stand.
    public var addedNames: [ArraySlice<UInt8>] { fields.filter(\.isAdded).map { name(of: $0) } }

    /// The names of the fields, and of lines that some readers take for fields, that came with the block and were deleted, in the order in which they stood.
    public var deletedNames: [ArraySlice<UInt8>] {
        allDeleted.map { field in bytes[field].drop { $0.isWhiteSpace }.prefix { $0 != .colon && !$0.isWhiteSpace } }
    }

    /// The octet behind the last field: the beginning of the empty line, or the end.
    var fieldsEnd: Int {
        guard isTerminated else { return range.upperBound }
        let end = range.upperBound
        let isCRLF = range.count >= 2 && bytes[end - 2] == .cr && bytes[end - 1] == .lf
        return end - (isCRLF ? 2 : 1)
    }

    /// Whether `name` may be the name of an added field (RFC 5322 section 2.2).
    public static func isFieldName(_ name: [UInt8]) -> Bool {
        !name.isEmpty && name.allSatisfy { $0.isVisible && $0 != .colon }
    }

    /// `value` without line ends and white space at its ends; nil if it would not stay in one field.
    private static func unfolded(_ value: [UInt8]) -> [UInt8]? {
        let value = value[value.trimmed(0..<value.count)]
        var text: [UInt8] = []
        text.reserveCapacity(value.count)
        var isAfterLineEnd = false
        for octet in value {
            if octet == .nul || isAfterLineEnd && !octet.isWhiteSpace { return nil }
            isAfterLineEnd = octet.isLineEnd
            if !isAfterLineEnd { text.append(octet) }
        }
        return text
    }
}
