// A message file in the form in which POP3 would bring it: lines end in CRLF, and what was odd about them is known.
// Must not change anything else.

/// The octets of a message, and the defects that the relay would have repaired.
struct NetworkMessage {
    /// With CRLF line ends.
    private(set) var octets: [UInt8] = []
    /// Names of what was wrong with line ends in the header block, and behind it.
    private(set) var headerDefects: [String] = []
    private(set) var bodyDefects: [String] = []
    /// Where the body begins, once the empty line was seen.
    private var body: Int?
    private var lineStart = 0
    /// Whether LF alone ends lines: a file on disk whose lines all end so has nothing wrong.
    private let isUnixFile: Bool

    init(file: [UInt8]) {
        isUnixFile = !zip(file, file.dropFirst()).contains { $0 == 0x0D && $1 == 0x0A }
        octets.reserveCapacity(file.count + file.count / 32)
        var wasReturn = false
        for octet in file {
            if wasReturn, octet != 0x0A { endLine("bare-cr") }
            if octet == 0x0A { endLine(wasReturn || isUnixFile ? nil : "bare-lf") }
            if octet != 0x0A, octet != 0x0D { octets.append(octet) }
            wasReturn = octet == 0x0D
        }
        if wasReturn { endLine("bare-cr") }
    }

    /// With the empty line that ends it, if there is one.
    var header: [UInt8] { Array(octets[..<(body ?? octets.count)]) }

    private mutating func endLine(_ defect: String?) {
        if let defect { note(defect) }
        let isEmpty = octets.count == lineStart
        octets += [0x0D, 0x0A]
        lineStart = octets.count
        if body == nil, isEmpty { body = lineStart }
    }

    private mutating func note(_ defect: String) {
        if body == nil {
            if !headerDefects.contains(defect) { headerDefects.append(defect) }
        } else if !bodyDefects.contains(defect) {
            bodyDefects.append(defect)
        }
    }
}
