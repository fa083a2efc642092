// `top`'s screen as a value: what is shown, and what a key does.
// Must not touch a terminal or ask a relay.

import Audit
import AuditReading

/// What is seen at one moment.
struct TopScreen {
    enum Order: String, CaseIterable {
        case age, octets, user
    }

    enum Key: Equatable {
        case character(Character)
        case up
        case down
    }

    enum Action: Equatable {
        case none
        case quit
        case end(String)
    }

    /// What the line below the figures says.
    private enum Prompt: Equatable {
        case none
        /// Whether this session is to be ended.
        case confirming(SessionLine)
        case telling(String)
    }

    private(set) var order = Order.age
    private(set) var sessions: [SessionLine] = []
    private var status: RelayStatus?
    private var before: (status: RelayStatus, seconds: Double)?
    private var prompt = Prompt.none
    /// The session that keys are about.
    private(set) var selected: String?

    // MARK: What is known

    mutating func show(_ status: RelayStatus, _ sessions: [SessionLine]) {
        // Two answers within a moment tell no rate.
        if let old = self.status, status.seconds > old.seconds + 0.5 {
            before = (old, status.seconds - old.seconds)
        }
        self.status = status
        self.sessions = sessions
        sort()
    }

    mutating func tell(_ text: String) { prompt = .telling(text) }

    private mutating func sort() {
        sessions.sort { left, right in
            switch order {
            case .age: (right.seconds, left.session) < (left.seconds, right.session)
            case .octets: (right.octetsOut, left.session) < (left.octetsOut, right.session)
            case .user: (left.user ?? "", left.session) < (right.user ?? "", right.session)
            }
        }
        if !sessions.contains(where: { $0.session == selected }) { selected = sessions.first?.session }
    }

    // MARK: Keys

    mutating func press(_ key: Key) -> Action {
        if case .confirming(let session) = prompt {
            prompt = .none
            return key == .character("y") ? .end(session.session) : .none
        }
        prompt = .none
        switch key {
        case .character("q"), .character("\u{3}"): return .quit
        case .character("a"): reorder(.age)
        case .character("o"): reorder(.octets)
        case .character("u"): reorder(.user)
        case .character("k"):
            if let session = sessions.first(where: { $0.session == selected }) { prompt = .confirming(session) }
        case .up, .character("-"): select(by: -1)
        case .down, .character("+"): select(by: 1)
        case .character: break
        }
        return .none
    }

    private mutating func reorder(_ order: Order) {
        self.order = order
        sort()
    }

    private mutating func select(by step: Int) {
        guard let index = sessions.firstIndex(where: { $0.session == selected }) else { return }
        selected = sessions[min(max(0, index + step), sessions.count - 1)].session
    }

    // MARK: Lines

    /// As many as fit; none is wider than the screen.
    ///
    /// - Parameter marks: the selected session is marked
    func lines(width: Int, height: Int, terminal: Terminal, marks: Bool = true) -> [String] {
        var lines = head(width)
        let (mark, blank) = marks ? ("> ", "  ") : ("", "")
        let table = SessionTable(sessions).lines(width: max(0, width - blank.count))
        let index = sessions.firstIndex { $0.session == selected } ?? 0
        let room = max(1, height - lines.count - 1)
        // The selected session is always seen.
        let first = max(0, index - room + 1)
        lines.append(terminal.paint(blank + table[0], .bold))
        for (row, line) in table.dropFirst().enumerated().dropFirst(first).prefix(room) {
            let isMarked = marks && row == index
            lines.append(isMarked ? terminal.paint(mark + line, .cyan, .bold) : blank + line)
        }
        return Array(lines.prefix(height))
    }

    private func head(_ width: Int) -> [String] {
        guard let status else { return ["", "", ""] }
        let rates = before.map { before, seconds in
            let logins = Double(status.logins - before.logins) / seconds
            let messages = Double(status.messages - before.messages) / seconds
            let octets = Double(status.octetsOut - before.octetsOut) / seconds
            return "  \(Self.rate(logins)) logins/s  \(Self.rate(messages)) messages/s  \(max(0, octets).asOctets)/s"
        }
        let down = status.scanners.filter { !$0.up }.map { "\($0.name) is down" }
        let trouble =
            down + (status.store == "failed" ? ["the store fails"] : [])
            + (status.audit == "waiting" ? ["audit lines wait"] : [])
        return [
            "popsieve \(status.version)  \(status.state) for \(SessionTable.age(status.seconds))"
                + "  \(status.sessions) of \(status.sessionsAllowed) sessions\(rates ?? "")",
            trouble.isEmpty ? "by \(order.rawValue)" : "by \(order.rawValue)  \(trouble.joined(separator: ", "))",
            promptLine,
        ].map { String($0.printable.prefix(width)) }
    }

    private var promptLine: String {
        switch prompt {
        case .none: "q quit  a age  o octets  u user  \u{2191}\u{2193} select  k end the session"
        case .confirming(let session):
            "end session \(session.session)\(session.user.map { " of \($0)" } ?? "")? y: yes, other keys: no"
        case .telling(let text): text
        }
    }

    private static func rate(_ value: Double) -> String {
        value >= 9.95 ? "\(Int(value.rounded()))" : "\((max(0, value) * 10).rounded() / 10)"
    }
}
