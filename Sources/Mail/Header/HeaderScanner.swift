// Finds the fields of a header block in one pass over its octets.
// Must not decode values, and must not fail: what is no field is skipped, and a defect.

import Octets

/// Where a header without an empty line ends, if a boundary ends it.
enum HeaderEnd {
    /// Before the boundary's line.
    case beforeLine
    /// Before the line end that belongs to the boundary (RFC 2046 section 5.1.1).
    case behindText
}

/// One pass over a header block.
struct HeaderScanner {
    private(set) var fields: [HeaderField] = []
    private(set) var names = FieldNameSet()
    /// Names that may stand there twice.
    private var repeatedNames = FieldNameSet()
    private(set) var defects = Defects()
    /// The octet behind the header block, its empty line included.
    private(set) var end: Int
    /// Whether an empty line ended it.
    private(set) var isTerminated = false
    /// Where the first field may be put: at the beginning, behind an mbox file's line.
    private(set) var top: Int
    /// Behind the text of the last line.
    private var endOfText: Int
    private let limits: Limits

    /// What the line at hand continues.
    private enum Open {
        /// No line has come yet.
        case nothing
        /// The last of `fields`.
        case field
        /// A line that was skipped.
        case skipped
    }
    private var open = Open.nothing

    /// Tells whether a line that begins with a dash ends the block: by the octets, the line's first and the fields
    /// before it.
    typealias EndTest = (Span<UInt8>, Int, [HeaderField]) -> HeaderEnd?

    /// Scans `range` of `octets` up to the first empty line.
    init(_ octets: Span<UInt8>, in range: Range<Int>, limits: Limits, endsAt: EndTest? = nil) {
        self.limits = limits
        end = range.lowerBound
        top = range.lowerBound
        endOfText = range.lowerBound
        fields.reserveCapacity(24)
        if octets.extracting(range).stands(Self.mboxLine, at: 0) { skipMboxLine(octets, limit: range.upperBound) }
        while end < range.upperBound, !isTerminated {
            if octets[end].isLineEnd {
                end = lineEnd(octets, at: end, limit: range.upperBound)
                isTerminated = true
            } else if octets[end] == .dash, let ending = endsAt?(octets, end, fields) {
                if ending == .behindText { cut(at: endOfText) }
                break
            } else {
                scanLine(octets, limit: range.upperBound)
            }
        }
        if repeatedNames.mayShare(with: SingleFields.names) {
            SingleFields.noteDuplicates(of: fields, in: octets, &defects)
        }
        if !isTerminated { defects.note(.missingHeaderEnd, at: end) }
    }

    private static let mboxLine = Array("From ".utf8)

    /// `From me@example.com Mon Nov 23 08:15:04 2026`, which an mbox file puts before each message, has colons.
    private mutating func skipMboxLine(_ octets: Span<UInt8>, limit: Int) {
        defects.note(.mboxLine, at: end)
        endOfText = scanText(octets, from: end, limit: limit)
        end = lineEnd(octets, at: endOfText, limit: limit)
        top = end
    }

    /// Scans the line that begins at `end`, which is not empty.
    private mutating func scanLine(_ octets: Span<UInt8>, limit: Int) {
        let start = end
        if octets[start].isBlank {
            let stop = scanText(octets, from: start, limit: limit)
            let next = lineEnd(octets, at: stop, limit: limit)
            continueField(octets, start..<stop, next)
            (endOfText, end) = (stop, next)
        } else {
            let colon = scanName(octets, from: start, limit: limit)
            let stop = scanText(octets, from: colon ?? start, limit: limit)
            let next = lineEnd(octets, at: stop, limit: limit)
            beginField(octets, start..<stop, colon, next)
            (endOfText, end) = (stop, next)
        }
        if end - start > Limits.lineLength { defects.note(.longLine, at: start) }
    }

    /// Ends the block before the last line end.
    private mutating func cut(at offset: Int) {
        end = offset
        if let last = fields.indices.last { fields[last].end = min(fields[last].end, offset) }
    }

    private mutating func continueField(_ octets: Span<UInt8>, _ line: Range<Int>, _ next: Int) {
        switch open {
        case .field:
            fields[fields.count - 1].bodyEnd = line.upperBound
            fields[fields.count - 1].end = next
        case .nothing:
            defects.note(.orphanContinuation, at: line.lowerBound)
            open = .skipped
        case .skipped: break
        }
        var index = line.lowerBound
        while index < line.upperBound, octets[index].isBlank { index += 1 }
        if index == line.upperBound { defects.note(.blankContinuation, at: line.lowerBound) }
    }

    private mutating func beginField(_ octets: Span<UInt8>, _ line: Range<Int>, _ colon: Int?, _ next: Int) {
        let start = line.lowerBound
        guard let colon else {
            defects.note(.missingColon, at: start)
            open = .skipped
            return
        }
        guard fields.count < limits.headerFields else {
            defects.note(.tooManyFields, at: start)
            open = .skipped
            return
        }
        var nameEnd = colon
        while nameEnd > start, octets[nameEnd - 1].isBlank { nameEnd -= 1 }
        if nameEnd < colon { defects.note(.spaceBeforeColon, at: nameEnd) }
        if nameEnd == start {
            defects.note(.emptyFieldName, at: start)
        } else {
            if !names.insert(start..<nameEnd, of: octets) { repeatedNames.insert(start..<nameEnd, of: octets) }
        }
        var index = start
        while index < nameEnd, octets[index].isVisible { index += 1 }
        if index < nameEnd { defects.note(.invalidFieldName, at: index) }
        fields.append(
            HeaderField(start: start, nameEnd: nameEnd, bodyStart: colon + 1, bodyEnd: line.upperBound, end: next)
        )
        open = .field
    }

    /// The colon that ends the name beginning at `start`; nil if the line has none.
    private func scanName(_ octets: Span<UInt8>, from start: Int, limit: Int) -> Int? {
        var index = start
        while index < limit {
            let octet = octets[index]
            if octet == .colon { return index }
            if octet.isLineEnd { return nil }
            index += 1
        }
        return nil
    }

    /// The end of the line's text from `start` on, its line end not included.
    private mutating func scanText(_ octets: Span<UInt8>, from start: Int, limit: Int) -> Int {
        var index = start
        while index < limit {
            index = octets.firstOffsetOfUnprintable(in: index..<limit)
            guard index < limit else { break }
            let octet = octets[index]
            if octet.isLineEnd { return index }
            if octet >= 0x80 { defects.note(.eightBitHeader, at: index) }
            if octet == .nul { defects.note(.nul, at: index) }
            index += 1
            // Each defect is noted once, and such octets come in numbers.
            while index < limit, octets[index] >= 0x80 { index += 1 }
        }
        return index
    }

    /// The octet behind the line end at `index`; CRLF, and with a defect a bare CR or LF.
    private mutating func lineEnd(_ octets: Span<UInt8>, at index: Int, limit: Int) -> Int {
        guard index < limit else { return limit }
        if octets[index] == .lf {
            defects.note(.bareLF, at: index)
            return index + 1
        }
        if index + 1 < limit, octets[index + 1] == .lf { return index + 2 }
        defects.note(.bareCR, at: index)
        return index + 1
    }
}
