// `top`'s screen: what is shown, and what keys do.

import Testing

@testable import popsieve

@Suite struct TopScreenTests {
    private static func session(_ id: String, _ user: String?, _ seconds: Double, _ octets: Int) -> SessionLine {
        SessionLine(
            session: id,
            phase: "idle",
            user: user,
            client: "192.0.2.7",
            listener: "l",
            upstream: "main",
            octetsIn: 0,
            octetsOut: octets,
            seconds: seconds
        )
    }

    private static func status(_ seconds: Double, messages: Int) -> RelayStatus {
        RelayStatus(
            version: "1",
            process: 2,
            state: "serving",
            seconds: seconds,
            listeners: [],
            rules: 0,
            sessions: 3,
            sessionsAllowed: 10,
            sessionsServed: 3,
            logins: 0,
            messages: messages,
            octetsOut: 0,
            scanners: [.init(name: "clamd", up: false)],
            store: "none",
            audit: "written"
        )
    }

    private static let sessions = [
        session("old", "zoe", 300, 1), session("new", "anna", 2, 2), session("big", "mia\u{1B}[2J", 60, 5_000_000),
    ]

    private func screen() -> TopScreen {
        var screen = TopScreen()
        screen.show(Self.status(10, messages: 0), Self.sessions)
        return screen
    }

    private func lines(_ screen: TopScreen, _ width: Int = 200, _ height: Int = 24) -> [String] {
        screen.lines(width: width, height: height, terminal: Terminal(hasColours: false))
    }

    @Test(arguments: [("a", ["old", "big", "new"]), ("o", ["big", "new", "old"]), ("u", ["new", "big", "old"])])
    func keysSort(_ key: String, _ order: [String]) {
        var screen = screen()
        #expect(screen.press(.character(Character(key))) == .none)
        #expect(screen.sessions.map(\.session) == order)
        #expect(lines(screen).dropFirst(4).map { String($0.dropFirst(2).prefix(3)) } == order)
    }

    @Test func withoutColoursNobodySawWhichSessionIsSelected() {
        var screen = screen()
        _ = screen.press(.down)
        let selected = screen.selected ?? ""
        #expect(lines(screen).filter { $0.hasPrefix("> ") }.map { $0.dropFirst(2).prefix(3) } == [selected[...]])
        #expect(lines(screen)[3].hasPrefix("  SESSION"))
        let once = screen.lines(width: .max, height: .max, terminal: Terminal(hasColours: false), marks: false)
        #expect(once[3].hasPrefix("SESSION") && !once.contains { $0.hasPrefix(">") })
    }

    @Test(
        arguments: [
            (80, ["SESSION", "PHASE", "AGE", "IN", "OUT", "CLIENT", "UPSTREAM", "USER"]),
            (64, ["SESSION", "PHASE", "AGE", "CLIENT", "UPSTREAM", "USER"]),
            (60, ["SESSION", "PHASE", "AGE", "UPSTREAM", "USER"]), (44, ["SESSION", "PHASE", "AGE", "USER"]),
            (20, ["SESSION", "USER"]),
        ]
    )
    func aNarrowScreenHadNoRoomForTheUser(width: Int, expected: [String]) {
        var screen = TopScreen()
        let session = Self.session("k3f9w2m7qa", "anna@mail.example", 1, 5_000)
        screen.show(Self.status(10, messages: 0), [session])
        let shown = lines(screen, width)
        #expect(shown[3].split(separator: " ").map(String.init) == expected)
        #expect(shown.allSatisfy { $0.count <= width })
        #expect(width < 40 || shown[4].hasSuffix("  anna@mail.example"))
    }

    @Test func aNameDoesNothingToTheTerminal() {
        #expect(lines(screen()).contains { $0.contains("mia\u{FFFD}[2J") })
        #expect(!lines(screen()).joined().contains("\u{1B}"))
    }

    @Test func aSessionIsEndedOnlyWhenTheQuestionIsAnswered() {
        var screen = screen()
        #expect(screen.selected == "old")
        #expect(screen.press(.down) == .none)
        #expect(screen.press(.character("k")) == .none)
        #expect(lines(screen)[2] == "end session big of mia\u{FFFD}[2J? y: yes, other keys: no")
        #expect(screen.press(.character("q")) == .none)
        #expect(screen.press(.character("k")) == .none)
        #expect(screen.press(.character("y")) == .end("big"))
        #expect(screen.press(.character("y")) == .none)
        #expect(screen.press(.character("q")) == .quit)
    }

    /// The session that somebody was asked about, and no other, whatever has come and gone meanwhile.
    @Test func theQuestionIsAboutOneSession() {
        var screen = screen()
        _ = screen.press(.character("k"))
        screen.show(Self.status(12, messages: 0), [Self.sessions[1]])
        #expect(screen.selected == "new")
        #expect(screen.press(.character("y")) == .end("old"))
    }

    @Test func selectionStaysInTheTable() {
        var screen = screen()
        for _ in 0..<9 { _ = screen.press(.down) }
        #expect(screen.selected == "new")
        for _ in 0..<9 { _ = screen.press(.up) }
        #expect(screen.selected == "old")
        screen.show(Self.status(12, messages: 0), [])
        #expect(screen.press(.character("k")) == .none)
        #expect(screen.press(.down) == .none)
    }

    @Test(arguments: [20, 80], [1, 5, 24]) func nothingIsWiderOrHigherThanTheScreen(_ width: Int, _ height: Int) {
        let shown = lines(screen(), width, height)
        #expect(shown.count <= height && shown.allSatisfy { $0.count <= width })
    }

    @Test func ratesAreOfTheTimeBetween() {
        var screen = screen()
        screen.show(Self.status(12, messages: 5), Self.sessions)
        let head = lines(screen)[0]
        #expect(head == "popsieve 1  serving for 12s  3 of 10 sessions  0.0 logins/s  2.5 messages/s  0 B/s")
        #expect(lines(screen)[1] == "by age  clamd is down")
    }

    @Test func keysComeOutOfOctets() {
        #expect(TopScreen.Key.all(in: Array("q\u{1B}[A\u{1B}[B\u{1B}[Cé".utf8)) == [.character("q"), .up, .down])
    }

    @Test(
        arguments: [
            (-1, "0s"), (59.9, "59s"), (60, "1m00s"), (754, "12m34s"), (3_600, "1h0m"), (90_000, "1d1h"),
        ] as [(Double, String)]
    )
    func ages(_ seconds: Double, _ text: String) { #expect(SessionTable.age(seconds) == text) }
}
