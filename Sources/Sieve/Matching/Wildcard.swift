// The pattern of :matches (RFC 5228 section 2.7.1): * and ?, each capture as short as possible (RFC 5229 section 3.2).
// Must not backtrack: pieces between stars are found from left to right, which gives the shortest captures.

/// A wildcard pattern, ready to match.
struct Wildcard: Sendable {
    /// What stands between two stars: octets and question marks.
    private struct Piece: Sendable {
        /// The octets; at a question mark any octet will do.
        var octets: [UInt8] = []
        /// The offsets of question marks.
        var questionMarks: [Int] = []

        var isLiteral: Bool { questionMarks.isEmpty }
    }

    private let pieces: [Piece]
    /// Whether any wildcard is in it; if not, `:is` says the same.
    var hasWildcards: Bool { pieces.count > 1 || !pieces[0].isLiteral }

    /// Reads a pattern; a backslash makes the next octet mean itself. At the end of the pattern it means itself.
    init(_ pattern: [UInt8]) {
        var pieces = [Piece()]
        var isEscaped = false
        for octet in pattern {
            switch octet {
            case .backslash where !isEscaped:
                isEscaped = true
                continue
            case .star where !isEscaped: pieces.append(Piece())
            case .questionMark where !isEscaped:
                pieces[pieces.count - 1].questionMarks.append(pieces[pieces.count - 1].octets.count)
                pieces[pieces.count - 1].octets.append(octet)
            default: pieces[pieces.count - 1].octets.append(octet)
            }
            isEscaped = false
        }
        // There is nothing for it to escape.
        if isEscaped { pieces[pieces.count - 1].octets.append(.backslash) }
        self.pieces = pieces
    }

    /// Matches the whole value; gives what each wildcard stands for, the whole value first.
    func match(_ value: [UInt8], ignoringCase: Bool, budget: inout ComparisonBudget) -> [Range<Int>]? {
        let first = pieces[0]
        var captures: [Range<Int>] = [0..<value.count]
        guard fits(first, value, at: 0, ignoringCase, &budget) else { return nil }
        if pieces.count == 1 {
            guard value.count == first.octets.count else { return nil }
            capture(first, at: 0, into: &captures)
            return captures
        }
        capture(first, at: 0, into: &captures)
        var offset = first.octets.count
        for index in 1..<pieces.count {
            let piece = pieces[index]
            let place =
                index == pieces.count - 1
                ? lastPlace(of: piece, in: value, from: offset, ignoringCase, &budget)
                : find(piece, in: value, from: offset, ignoringCase, &budget)
            guard let place else { return nil }
            captures.append(offset..<place)
            capture(piece, at: place, into: &captures)
            offset = place + piece.octets.count
        }
        return captures
    }

    private func capture(_ piece: Piece, at place: Int, into captures: inout [Range<Int>]) {
        for offset in piece.questionMarks { captures.append(place + offset..<place + offset + 1) }
    }

    /// The last piece stands at the end of the value.
    private func lastPlace(
        of piece: Piece,
        in value: [UInt8],
        from start: Int,
        _ ignoringCase: Bool,
        _ budget: inout ComparisonBudget
    ) -> Int? {
        let place = value.count - piece.octets.count
        return place >= start && fits(piece, value, at: place, ignoringCase, &budget) ? place : nil
    }

    private func find(
        _ piece: Piece,
        in value: [UInt8],
        from start: Int,
        _ ignoringCase: Bool,
        _ budget: inout ComparisonBudget
    ) -> Int? {
        if piece.isLiteral {
            return Substring.find(
                piece.octets[...],
                in: value,
                from: start,
                ignoringCase: ignoringCase,
                budget: &budget
            )
        }
        guard value.count - start >= piece.octets.count else { return nil }
        for place in start...(value.count - piece.octets.count) where !budget.isSpent {
            if fits(piece, value, at: place, ignoringCase, &budget) { return place }
        }
        return nil
    }

    private func fits(
        _ piece: Piece,
        _ value: [UInt8],
        at place: Int,
        _ ignoringCase: Bool,
        _ budget: inout ComparisonBudget
    ) -> Bool {
        guard value.count - place >= piece.octets.count else { return false }
        var marks = piece.questionMarks[...]
        for (index, octet) in piece.octets.enumerated() {
            if marks.first == index {
                marks.removeFirst()
                continue
            }
            let other = value[place + index]
            guard ignoringCase ? octet.lowercased == other.lowercased : octet == other else {
                budget.pay(index + 1)
                return false
            }
        }
        budget.pay(piece.octets.count)
        return true
    }
}
