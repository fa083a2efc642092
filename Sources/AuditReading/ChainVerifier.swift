// Whether a log is what was written: each line's hash over the one before, through all of its files.
// Must not open files.

package import Audit

/// Follows a chain line by line.
package struct ChainVerifier {
    /// A line of a file.
    package struct Place: Sendable, Equatable {
        package let file: String
        /// From 1.
        package let line: Int

        package init(file: String, line: Int) {
            self.file = file
            self.line = line
        }
    }

    /// Where the chain breaks, and how.
    package struct Break: Error, Equatable {
        package enum Cause: Sendable, Equatable {
            /// The hash is not what it must be behind the line before.
            case wrong
            /// A line without a hash.
            case unchained
            /// A line with a hash that nothing stands before.
            case noBeginning
            /// A file goes on from another line than the one before.
            case gap
            /// A new chain in the middle.
            case beginsAnew(reason: String)
        }

        package let place: Place
        package let cause: Cause
    }

    private enum State {
        /// Nothing was read, or nothing but lines from before the chain.
        case before
        /// The last line's hash.
        case linked(ChainLink)
        /// A line without a hash, which may be half of one; the hash before it, and over it if it is.
        case half(after: ChainLink, over: ChainLink?, Place)
    }

    private let method: ChainMethod
    private var state = State.before
    /// Lines that are in the chain.
    package private(set) var chained = 0
    /// Lines from before it.
    package private(set) var unchained = 0
    /// The line that the first one follows, which was not read; nil where the chain begins with what was read.
    package private(set) var predecessor: ChainLink?

    package init(_ method: ChainMethod) { self.method = method }

    /// The hash of the last whole line, to be kept elsewhere.
    package var last: ChainLink? {
        switch state {
        case .before: nil
        case .linked(let link), .half(after: let link, over: _, _): link
        }
    }

    /// The last line that was taken is no whole one.
    package var endsInHalf: Bool { if case .half = state { true } else { false } }

    /// Takes the next line, without its end.
    package mutating func take(_ line: [UInt8], at place: Place) throws(Break) {
        guard let chained = ChainedLine(line) else { return try takeUnchained(line, place) }
        let start = AuditRecord(line: chained.content).flatMap { $0.event == "chain_started" ? $0 : nil }
        let link: ChainLink
        if let start {
            link = try base(of: start, at: place)
        } else {
            switch state {
            case .before: throw Break(place: place, cause: .noBeginning)
            case .linked(let last): link = last
            case .half(_, _, let place): throw Break(place: place, cause: .unchained)
            }
        }
        guard method.link(chained.content, after: link) == chained.link else {
            throw Break(place: place, cause: .wrong)
        }
        state = .linked(chained.link)
        self.chained += 1
    }

    /// When the last file is read. A last line without an end may still be in the making.
    package func finish(isWhole: Bool) throws(Break) {
        guard isWhole, case .half(_, _, let place) = state else { return }
        throw Break(place: place, cause: .unchained)
    }

    private mutating func takeUnchained(_ line: [UInt8], _ place: Place) throws(Break) {
        switch state {
        case .before: unchained += 1
        case .linked(let last): state = .half(after: last, over: method.link(line, after: last), place)
        case .half(_, _, let place): throw Break(place: place, cause: .unchained)
        }
    }

    /// What a line is hashed with that begins a chain or a file.
    private mutating func base(of start: AuditRecord, at place: Place) throws(Break) -> ChainLink {
        let after = start.text("after").flatMap { ChainLink(hex: $0.utf8) }
        switch (state, after) {
        case (.before, nil): break
        case (.before, let after?) where unchained == 0: predecessor = after
        case (.before, _?): throw Break(place: place, cause: .gap)
        case (.linked, nil), (.half, nil):
            throw Break(place: place, cause: .beginsAnew(reason: start.text("reason") ?? "?"))
        case (.linked(let last), let after?) where last == after: break
        case (.half(_, let link?, _), let after?) where link == after: break
        case (.half(_, _, let place), _?): throw Break(place: place, cause: .unchained)
        case (.linked, _?): throw Break(place: place, cause: .gap)
        }
        return after ?? .origin
    }
}
