// A multipart's first boundary where its header should have ended: without the empty line before it.
// Must not read a Content-Type twice, however many lines begin with dashes.

/// Finds the boundary that a header block names among the block's own lines.
struct OwnBoundary {
    private let bytes: [UInt8]
    private let limits: Limits
    /// How many fields were looked at.
    private var seen = 0
    /// What the first Content-Type names.
    private var boundary: [UInt8]?

    init(_ bytes: [UInt8], limits: Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Whether the line that begins at `start` is the boundary which one of `fields`, those before it, names.
    mutating func isAt(_ start: Int, behind fields: [HeaderField]) -> Bool {
        guard start + 1 < bytes.count, bytes[start + 1] == .dash else { return false }
        while boundary == nil, seen < fields.count {
            let field = fields[seen]
            seen += 1
            guard bytes[field.name].isSame(ignoringCaseOf: Self.typeField) else { continue }
            let type = ContentType(bytes[field.body].filter { !$0.isLineEnd }, limits: limits)
            boundary = type?.boundary ?? []
        }
        guard let boundary, !boundary.isEmpty else { return false }
        var rest = bytes[(start + 2)...]
        guard rest.starts(with: boundary) else { return false }
        rest = rest.dropFirst(boundary.count)
        if rest.starts(with: [.dash, .dash]) { rest = rest.dropFirst(2) }
        return rest.first { !$0.isBlank }?.isLineEnd ?? true
    }

    private static let typeField = Array("content-type".utf8)[...]
}
