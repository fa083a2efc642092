// clamd's replies to INSTREAM, read.
// Must not take for clean what it does not know.

/// What one reply says.
enum ClamdReply {
    /// A reply without its number and its final zero, as in `stream: Test.Eicar FOUND`.
    static func result(_ reply: String) throws(UnscannedReason) -> ScanResult {
        if reply == "stream: OK" { return .clean }
        if reply.hasPrefix("stream: "), reply.hasSuffix(" FOUND") {
            let name = reply.dropFirst("stream: ".count).dropLast(" FOUND".count)
            guard !name.isEmpty else { throw .garbage(PlainText.line(reply)) }
            // With AlertExceedsMax clamd says so where it has looked at a part only.
            if name.hasPrefix("Heuristics.Limits.Exceeded") { return .unscanned(.tooLarge(limit: nil)) }
            return .infected([PlainText.name(name)])
        }
        if reply.hasPrefix("INSTREAM size limit exceeded") { return .unscanned(.tooLarge(limit: nil)) }
        if reply.hasSuffix(" ERROR") { throw .failed(PlainText.line(reply.dropLast(" ERROR".count))) }
        throw .garbage(PlainText.line(reply))
    }

    /// Takes the number of a session's reply away: `3: stream: OK`. A reply without one is about the session.
    static func numbered(_ reply: String, _ number: Int) -> String? {
        let prefix = "\(number): "
        return reply.hasPrefix(prefix) ? String(reply.dropFirst(prefix.count)) : nil
    }
}
