// A multipart's first boundary where its header should have ended: without the empty line before it.
// Must not read a Content-Type twice, however many lines begin with dashes.

/// Finds the boundary that a header block names among the block's own lines.
struct OwnBoundary {
    private let limits: Limits
    /// How many fields were looked at.
    private var seen = 0
    /// What the first Content-Type names.
    private var boundary: [UInt8]?

    init(limits: Limits) { self.limits = limits }

    /// Whether the line that begins at `start` is the boundary which one of `fields`, those before it, names.
    mutating func isAt(_ start: Int, of octets: Span<UInt8>, behind fields: [HeaderField]) -> Bool {
        guard start + 1 < octets.count, octets[start + 1] == .dash else { return false }
        while boundary == nil, seen < fields.count {
            let field = fields[seen]
            seen += 1
            guard octets.isSame(field.name, ignoringCaseOf: Self.typeField) else { continue }
            let value = octets.extracting(field.body.prefix(limits.headerOctets))
            let type = ContentType([UInt8](copying: value).filter { !$0.isLineEnd }, limits: limits)
            boundary = type?.boundary ?? []
        }
        guard let boundary, !boundary.isEmpty, octets.stands(boundary, at: start + 2) else { return false }
        var rest = start + 2 + boundary.count
        if octets.stands([.dash, .dash], at: rest) { rest += 2 }
        while rest < octets.count, octets[rest].isBlank { rest += 1 }
        return rest == octets.count || octets[rest].isLineEnd
    }

    private static let typeField = Array("content-type".utf8)
}
