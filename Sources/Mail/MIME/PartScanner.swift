// One pass over a message's lines that finds the boundaries, and with them the parts.
// Must not recurse, and must look at each line a bounded number of times.

/// Scans one message.
struct PartScanner {
    private var tree: PartTree
    private let source: MessageOctets
    private var position = 0
    private var boundaries = BoundaryStack()

    /// A part whose end is not known yet; each is in the one before it.
    private struct Open {
        let part: Int
        var stage: Stage
    }

    private enum Stage: Equatable {
        /// Content, or a message/rfc822.
        case content
        /// A multipart before its first boundary.
        case preamble
        /// What a lenient reader takes for a multipart if its boundary comes.
        case undecided
        /// A multipart between its boundaries.
        case parts
        /// A multipart behind its closing boundary, which ended at this octet.
        case epilogue(from: Int)
    }
    private var open: [Open] = []

    init(_ source: MessageOctets, tree: consuming PartTree) {
        self.source = source
        self.tree = tree
    }

    /// Reads all parts; the first is put into `parent`.
    mutating func scan(parent: Int?) {
        guard tree.hasRoom(at: 0) else { return }
        let source = source
        source.withOctets { scan($0, parent: parent) }
    }

    private mutating func scan(_ octets: Span<UInt8>, parent: Int?) {
        begin(parent: parent, in: octets)
        var lines = LineScanner(from: position)
        while let line = lines.next(in: octets) {
            guard line.beginsWithDashes, let match = boundaries.match(octets, line, tree.reading) else { continue }
            if match.isAmbiguous { tree.defects.note(.ambiguousBoundary, at: line.start) }
            switch match.kind {
            case .ended: tree.defects.note(.boundaryAfterEnd, at: line.start)
            case .text: continue
            case .delimiter(let part): delimit(part, line, in: octets)
            case .close(let part): close(part, line)
            }
            lines.skip(to: position)
        }
        tree.defects.note(lines.defects)
        closeAll()
    }

    /// The tree, grown.
    consuming func finished() -> PartTree { tree }

    // MARK: Boundaries

    /// A new part of the multipart `part` begins behind `line`.
    private mutating func delimit(_ part: Int, _ line: Line, in octets: Span<UInt8>) {
        finish(above: part, line)
        guard let top = open.indices.last else { return }
        open[top].stage = .parts
        position = line.next
        if tree.hasRoom(at: line.start) { begin(parent: part, in: octets) }
    }

    /// The multipart `part` ends with `line`.
    private mutating func close(_ part: Int, _ line: Line) {
        finish(above: part, line)
        guard let top = open.indices.last else { return }
        open[top].stage = .epilogue(from: line.next)
        boundaries.end(part)
        position = line.next
    }

    /// Ends what is open inside `part`: at the line end before the boundary, which belongs to the boundary.
    private mutating func finish(above part: Int, _ line: Line) {
        let end = line.endOfPrevious
        while let last = open.last, last.part != part { pop(last, at: end) }
        if let last = open.last, last.stage == .preamble || last.stage == .undecided { setPreamble(last, end) }
        position = line.next
    }

    private mutating func closeAll() {
        while let last = open.last { pop(last, at: source.count) }
    }

    private mutating func pop(_ last: Open, at end: Int) {
        switch last.stage {
        case .content: break
        case .preamble:
            setPreamble(last, end)
            tree.defects.note(.unclosedMultipart, at: tree.parts[last.part].headerRange.lowerBound)
        case .undecided: tree.setContent(of: last.part)
        case .parts: tree.defects.note(.unclosedMultipart, at: tree.parts[last.part].headerRange.lowerBound)
        case .epilogue(let start): tree.setEpilogue(of: last.part, start..<max(start, end))
        }
        tree.end(last.part, at: end)
        boundaries.pop(last.part)
        open.removeLast()
    }

    private mutating func setPreamble(_ multipart: Open, _ end: Int) {
        let start = tree.parts[multipart.part].body.lowerBound
        tree.setPreamble(of: multipart.part, start..<max(start, end))
    }

    // MARK: Headers

    /// Begins the part whose header is at `position`, and the messages that begin with its body.
    private mutating func begin(parent: Int?, in octets: Span<UInt8>) {
        var parent = parent
        var defaultType = ContentType.plainText
        if let parent, tree.parts[parent].contentType.matches("multipart", "digest") { defaultType = .message }
        while true {
            let (header, range) = nextHeader(in: octets)
            position = range.upperBound
            let part = tree.add(header, at: range, of: source, parent: parent, default: defaultType)
            open.append(Open(part: part.index, stage: .content))
            guard part.depth < tree.limits.depth else {
                if part.contentType.mayHoldParts || part.contentType.isMessage {
                    tree.defects.note(.tooDeep, at: range.lowerBound)
                }
                return
            }
            if part.contentType.mayHoldParts {
                let isReadAsOne = tree.reading == .lenient || !part.contentType.isMalformed
                return isReadAsOne ? beginMultipart(part) : ()
            }
            guard part.contentType.isMessage else { return }
            guard part.encoding == .identity || part.encoding == .unknown else { return tree.readLater(part.index) }
            guard tree.hasRoom(at: position) else { return }
            (parent, defaultType) = (part.index, .plainText)
        }
    }

    private mutating func beginMultipart(_ part: Part) {
        let start = part.headerRange.lowerBound
        guard let boundary = part.contentType.value["boundary"], !boundary.isEmpty else {
            tree.defects.note(.missingBoundary, at: start)
            return tree.setContent(of: part.index)
        }
        open[open.count - 1].stage = part.contentType.isMalformed ? .undecided : .preamble
        if !BoundaryStack.isWellFormed(boundary) { tree.defects.note(.malformedBoundary, at: start) }
        if boundary.last?.isWhiteSpace == true || boundaries.hasSimilar(boundary) {
            tree.defects.note(.ambiguousBoundary, at: start)
        }
        if boundaries.push(boundary, of: part.index) { tree.defects.note(.reusedBoundary, at: start) }
    }

    /// The header at `position`. A boundary ends it even without an empty line: one of those that are open, or the one
    /// that the header itself names.
    private func nextHeader(in octets: Span<UInt8>) -> (HeaderBlock, at: Range<Int>) {
        var own = OwnBoundary(limits: tree.limits)
        let range = position..<octets.count
        let scanner = HeaderScanner(octets, in: range, limits: tree.limits) { octets, start, fields in
            if tree.reading == .lenient, own.isAt(start, of: octets, behind: fields) { return .beforeLine }
            return endsHeader(at: start, in: octets) ? .behindText : nil
        }
        let room = max(0, tree.limits.headerOctets - tree.headerOctets)
        let header = HeaderBlock(scanner, from: position, of: octets, room: room, limits: tree.limits)
        return (header, position..<scanner.end)
    }

    /// Whether the line that begins at `start` is an open boundary.
    private func endsHeader(at start: Int, in octets: Span<UInt8>) -> Bool {
        if boundaries.isEmpty { return false }
        var lines = LineScanner(from: start)
        guard let line = lines.next(in: octets), line.beginsWithDashes else { return false }
        switch boundaries.match(octets, line, tree.reading)?.kind {
        case .delimiter, .close: return true
        case .ended, .text, nil: return false
        }
    }
}
