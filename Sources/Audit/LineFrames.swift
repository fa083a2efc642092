// Lines in the form in which they are written, and how far that has come.
// Must not know what the form is.

/// A few lines that are on their way, each as a frame of octets of its own.
struct LineFrames {
    private struct Mark {
        /// Where the frame ends.
        let end: Int
        /// Octets of the line that it stands for; 0 for a frame that nobody but us has asked for.
        let line: Int
        let link: ChainLink?
    }

    /// All frames.
    private(set) var bytes: [UInt8] = []
    /// What is before it is written.
    private(set) var position = 0
    private var marks: [Mark] = []
    private var done = 0

    var isEmpty: Bool { position == bytes.count }

    /// The link of the last frame that was added.
    var lastLink: ChainLink? { marks.last?.link }

    mutating func append(_ frame: some Sequence<UInt8>, line: Int, link: ChainLink? = nil) {
        if isEmpty { removeAll() }
        bytes += frame
        marks.append(Mark(end: bytes.count, line: line, link: link))
    }

    /// So much is written; says how many octets of lines are now, and the last of their links.
    mutating func advance(to end: Int) -> (lines: Int, link: ChainLink?) {
        position = end
        var result: (lines: Int, link: ChainLink?) = (0, nil)
        while done < marks.count, marks[done].end <= end {
            result.lines += marks[done].line
            result.link = marks[done].link ?? result.link
            done += 1
        }
        return result
    }

    /// What of a frame is written that is not written whole.
    var begunPart: ArraySlice<UInt8> { bytes[(done > 0 ? marks[done - 1].end : 0)..<position] }

    /// Forgets the frames of which nothing is written: their lines may change before they are.
    mutating func keepBegun() {
        let start = done > 0 ? marks[done - 1].end : 0
        guard position > start, done < marks.count else { return removeAll() }
        let mark = marks[done]
        bytes = Array(bytes[start..<mark.end])
        position -= start
        marks = [Mark(end: bytes.count, line: mark.line, link: mark.link)]
        done = 0
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
        (position, done) = (0, 0)
    }
}

extension [UInt8] {
    /// Where the line ends that begins at `start`, its line feed included.
    func lineEnd(from start: Int) -> Int {
        (self[start...].firstIndex(of: UInt8(ascii: "\n")) ?? count - 1) + 1
    }
}
