// Reads address lists: mailboxes, groups, routes, comments, and the mistakes that mailers make.
// Must not fail or recurse; its time is linear in the field's length.

/// Reads one address list.
struct AddressParser {
    private(set) var addresses: [Address] = []
    private(set) var defects = Defects()
    private var tokens: AddressTokens
    private let limits: Limits
    private var group: [UInt8]?

    /// What was read of the address at hand.
    private struct Item {
        /// Where its text begins and ends.
        var range: Range<Int>?
        /// What stands before an angle bracket, or everything.
        var words: [AddressToken] = []
        /// What stands inside angle brackets.
        var bracketed: [AddressToken]?
        var comment: Range<Int>?
    }

    init(_ text: [UInt8], limits: Limits) {
        tokens = AddressTokens(text)
        self.limits = limits
    }

    mutating func parseList() {
        var item = Item()
        while let token = tokens.next() {
            switch token {
            case .special(.comma): finish(&item)
            case .special(.semicolon):
                finish(&item)
                if group == nil { defects.note(.invalidAddress, at: tokens.start) }
                group = nil
            case .special(.colon) where group == nil && item.bracketed == nil:
                group = phrase(item.words, at: item.range?.lowerBound ?? tokens.start)
                item = Item()
            case .special(.less) where item.bracketed == nil:
                extend(&item)
                parseBracketed(&item)
                extend(&item)
            case .comment(let range):
                if item.comment == nil { item.comment = range }
                extend(&item)
            default:
                if item.bracketed == nil {
                    item.words.append(token)
                } else {
                    defects.note(.invalidAddress, at: tokens.start)
                }
                extend(&item)
            }
        }
        finish(&item)
        if group != nil { defects.note(.unclosedAddress, at: tokens.position) }
        defects.note(tokens.defects)
    }

    private func extend(_ item: inout Item) {
        item.range = (item.range?.lowerBound ?? tokens.start)..<tokens.position
    }

    /// What stands between `<` and `>`; a missing `>` is put before the next comma.
    private mutating func parseBracketed(_ item: inout Item) {
        let start = tokens.start
        var words: [AddressToken] = []
        loop: while true {
            let before = tokens
            guard let token = tokens.next() else {
                defects.note(.unclosedAddress, at: start)
                break
            }
            switch token {
            case .special(.greater): break loop
            case .special(.colon):
                // A route (RFC 5322 section 4.4): `<@relay,@relay:address>`.
                if words.first != .special(.at) { defects.note(.invalidAddress, at: tokens.start) }
                words = []
            case .special(.comma) where words.first == .special(.at): words.append(token)
            case .special(.comma), .special(.semicolon):
                defects.note(.unclosedAddress, at: start)
                tokens = before
                break loop
            case .comment: break
            default: words.append(token)
            }
        }
        item.bracketed = words
    }

    /// Turns what was read into an address, and begins anew.
    private mutating func finish(_ item: inout Item) {
        defer { item = Item() }
        guard let range = item.range, item.bracketed != nil || !item.words.isEmpty else { return }
        guard addresses.count < limits.addresses else {
            defects.note(.tooManyAddresses, at: range.lowerBound)
            return
        }
        let name =
            item.bracketed != nil
            ? phrase(item.words, at: range.lowerBound)
            : item.comment.map { decoded(tokens.unquoted($0), at: range.lowerBound) } ?? []
        if let (localPart, domain) = parts(of: item.bracketed ?? item.words) {
            let text = Self.written(localPart) + [.at] + domain
            if zip(text, text.dropFirst()).contains(where: { $0 == .equals && $1 == .question }) {
                defects.note(.encodedWordInAddress, at: range.lowerBound)
            }
            addresses.append(
                Address(text: text, localPart: localPart, domain: domain, displayName: name, group: group)
            )
        } else if item.bracketed?.isEmpty == true, item.words.isEmpty {
            addresses.append(Address(text: [], localPart: [], domain: [], displayName: name, group: group))
        } else {
            defects.note(.invalidAddress, at: range.lowerBound)
            let text = tokens.octets[tokens.octets.trimmed(range)].filter { !$0.isLineEnd }
            addresses.append(Address(text: text, localPart: [], domain: [], displayName: name, group: group))
        }
    }

    /// A local part as it is written: quoted if it is more than words with dots (RFC 5322 section 3.4.1).
    private static func written(_ localPart: [UInt8]) -> [UInt8] {
        let isPlain = localPart.allSatisfy { octet in
            (octet.isVisible || octet >= 0x80) && octet != .backslash
                && (octet == .dot || !AddressTokens.endsAtom(octet))
        }
        if isPlain { return localPart }
        return [.quote] + localPart.flatMap { $0 == .quote || $0 == .backslash ? [.backslash, $0] : [$0] } + [.quote]
    }

    // MARK: Address and phrase

    /// The local part and the domain of `words`; nil if they are no address.
    private func parts(of words: [AddressToken]) -> (localPart: [UInt8], domain: [UInt8])? {
        guard let at = words.firstIndex(of: .special(.at)) else { return nil }
        let localPart = dotted(words[..<at], isDomain: false)
        let domain = dotted(words[(at + 1)...], isDomain: true)
        guard let localPart, let domain, !localPart.isEmpty, !domain.isEmpty else { return nil }
        return (localPart, domain)
    }

    /// Words with dots between them; nil if two words meet without a dot, or something else stands there.
    ///
    /// Dots at the ends and in a row are let through: some providers hand out such local parts.
    private func dotted(_ words: ArraySlice<AddressToken>, isDomain: Bool) -> [UInt8]? {
        var text: [UInt8] = []
        var wantsDot = false
        for word in words {
            if word == .special(.dot) {
                text.append(.dot)
                wantsDot = false
                continue
            }
            if wantsDot { return nil }
            wantsDot = true
            switch word {
            case .atom(let range): text += tokens.octets[range]
            case .literal(let range) where isDomain: text += tokens.octets[range].filter { !$0.isWhiteSpace }
            case .quoted(let range) where !isDomain: text += tokens.unquoted(range)
            case .comment: wantsDot = false
            case .literal, .quoted, .special: return nil
            }
        }
        return text
    }

    /// A display or group name: its words with one space between them, quoting removed, encoded words decoded.
    private mutating func phrase(_ words: [AddressToken], at offset: Int) -> [UInt8] {
        var text: [UInt8] = []
        var isAfterDot = false
        for word in words {
            let isDot = word == .special(.dot)
            if !text.isEmpty, !isDot, !isAfterDot { text.append(.space) }
            isAfterDot = false
            switch word {
            case .atom(let range), .literal(let range), .comment(let range): text += tokens.octets[range]
            case .quoted(let range): text += tokens.unquoted(range)
            case .special(let sign):
                text.append(sign)
                isAfterDot = !isDot
            }
        }
        return decoded(text, at: offset)
    }

    private mutating func decoded(_ text: [UInt8], at offset: Int) -> [UInt8] {
        var ignored = Defects()
        let decoded = EncodedWords.decode(text, noting: &ignored)
        if decoded.count(where: Self.separates) > text.count(where: Self.separates) {
            defects.note(.encodedSeparator, at: offset)
        }
        return decoded
    }

    private static func separates(_ octet: UInt8) -> Bool {
        switch octet {
        case .less, .greater, .comma, .semicolon, .colon, .at: true
        default: false
        }
    }
}
