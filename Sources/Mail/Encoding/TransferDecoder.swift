// Undoes a part's transfer encoding (RFC 2045 section 6).
// Must not fail: what cannot be decoded stays, with a defect.

/// Decodes bodies.
enum TransferDecoder {
    /// What `body` stands for. Offsets of defects count from its beginning.
    static func decode(
        _ body: Span<UInt8>,
        _ encoding: TransferEncoding,
        noting defects: inout Defects
    ) -> [UInt8] {
        switch encoding {
        case .identity, .unknown: return [UInt8](copying: body)
        case .base64:
            var output: [UInt8] = []
            if !Base64.decode(body, into: &output) { defects.note(.invalidBase64, at: 0) }
            return output
        case .quotedPrintable:
            var output: [UInt8] = []
            if !QuotedPrintable.decode(body, into: &output) { defects.note(.invalidQuotedPrintable, at: 0) }
            return output
        case .uuencode:
            var output: [UInt8] = []
            if !UUEncoding.decode(body, into: &output) { defects.note(.invalidUuencode, at: 0) }
            return output
        }
    }
}
