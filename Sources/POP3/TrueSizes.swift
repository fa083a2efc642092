// What LIST and STAT say where a message's size for the client is known to be another than the server's.
// Must not guess: a message that nobody has looked at has the server's size, and what is reserved for it.

/// The sizes that messages have for the client, as far as earlier sessions found them out.
package enum TrueSizes: Sendable {
    /// Nobody remembers any.
    case unknown
    /// They can be looked up, and nobody has needed them.
    case unasked
    /// They are being looked up: LIST and STAT wait.
    case asked
    /// By UIDL.
    case known([String: Int])
}

extension SessionMachine {
    package mutating func sizesRecalled(_ sizes: [[UInt8]: Int]) {
        guard !isClosed else { return }
        let texts = sizes.map { (String(decoding: $0.key, as: UTF8.self), $0.value) }
        trueSizes = .known(Dictionary(texts) { first, _ in first })
    }

    /// Whether LIST says something else than the server.
    var correctsSizes: Bool {
        if judging.reserve > 0 { return true }
        if case .known(let sizes) = trueSizes { return !sizes.isEmpty }
        return false
    }

    /// Whether everything is there that LIST or STAT needs; if not, it is being asked for.
    mutating func canTellSizes(total: Bool) -> Bool {
        switch trueSizes {
        case .unasked:
            trueSizes = .asked
            actions.append(.recallSizes)
            return false
        case .asked: return false
        case .known(let known) where !known.isEmpty:
            guard uidls.isWhole else {
                ask(.uidls, "UIDL")
                return false
            }
            guard sizes.isWhole || !total else {
                ask(.sizes, "LIST")
                return false
            }
            return true
        case .known, .unknown: return true
        }
    }

    /// What the client is told of a message's size; nil where the server did not tell either.
    func announced(_ number: MessageNumber) -> Int? { sizes[number].octets.map { announced(number, listed: $0) } }

    private func announced(_ number: MessageNumber, listed: Int) -> Int {
        if case .known(let known) = trueSizes, let uidl = uidls[number], let size = known[uidl] { return size }
        let (sum, isBeyond) = listed.addingReportingOverflow(judging.reserve)
        return isBeyond ? listed : sum
    }

    /// The answer to LIST with a number.
    func correctedSize(_ line: Span<UInt8>) -> [UInt8]? {
        let numbers = ListingWords.numbers(of: line)
        guard correctsSizes, numbers.count > 1, let number = numbers[0].flatMap({ MessageNumber(exactly: $0) }),
            let listed = numbers[1].flatMap({ Int(exactly: $0) })
        else { return nil }
        return Array("+OK \(number) \(announced(number, listed: listed))\r\n".utf8)
    }

    /// The answer to STAT.
    func correctedMaildrop(_ line: Span<UInt8>) -> [UInt8]? {
        let numbers = ListingWords.numbers(of: line)
        guard correctsSizes, numbers.count > 1, let count = numbers[0].flatMap({ Int(exactly: $0) }),
            var total = numbers[1].flatMap({ Int(exactly: $0) })
        else { return nil }
        // What does not fit a number is no size of mail; the server's word stands then.
        let (reserved, isBeyond) = count.multipliedReportingOverflow(by: judging.reserve)
        guard !isBeyond, reserved < 1 << 60, total < 1 << 60 else { return nil }
        total += reserved
        if case .known(let known) = trueSizes, !known.isEmpty {
            for (number, listed) in sizes.all where !marked.contains(number) && listed < 1 << 40 {
                guard let uidl = uidls[number], let size = known[uidl], size < 1 << 40 else { continue }
                total += size - listed - judging.reserve
            }
        }
        return Array("+OK \(count) \(max(0, total))\r\n".utf8)
    }

    /// A part of LIST's answer as the client gets it; nil: as it came.
    package mutating func correctedListing(_ part: Span<UInt8>) -> [UInt8]? {
        guard correctsSizes, exchanges.first == .sizeListing else { return nil }
        var corrected: [UInt8] = []
        var lines = correctedLines
        correctedLines = ListingLines()
        lines.append(part) { line in
            corrected += correctedLine(line)
        } piece: { piece in
            corrected += [UInt8](copying: piece)
        }
        correctedLines = lines
        return corrected
    }

    private func correctedLine(_ line: Span<UInt8>) -> [UInt8] {
        let numbers = ListingWords.numbers(of: line, from: 0)
        guard numbers.count > 1, let number = numbers[0].flatMap({ MessageNumber(exactly: $0) }),
            let listed = numbers[1].flatMap({ Int(exactly: $0) })
        else { return [UInt8](copying: line) + [0x0A] }
        return Array("\(number) \(announced(number, listed: listed))\r\n".utf8)
    }
}
