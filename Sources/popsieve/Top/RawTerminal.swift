// The terminal for as long as `top` has it: keys one by one, a screen of its own, and everything as before at the end.
// Must not know what is shown. The unsafe calls get addresses of local values that outlive them.

import Glibc

/// Standard input and output, both a terminal.
struct RawTerminal {
    private let before: termios

    /// Nil where one of them is none.
    init?() {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { return nil }
        var settings = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
        before = settings
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        // The other screen, without a cursor.
        write("\u{1B}[?1049h\u{1B}[?25l")
    }

    func end() {
        write("\u{1B}[?25h\u{1B}[?1049l")
        var settings = before
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    var size: (width: Int, height: Int) {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Each line in its place; what was there before is gone.
    func show(_ lines: [String]) {
        write("\u{1B}[H" + lines.map { "\($0)\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
    }

    private func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest.removeFirst(count)
        }
    }

    /// Keys as they are pressed, until there is no more input. On a thread of its own, which waits for them.
    static func keys() -> AsyncStream<TopScreen.Key> {
        let (keys, press) = AsyncStream.makeStream(of: TopScreen.Key.self, bufferingPolicy: .bufferingNewest(64))
        DetachedReader.start { octets in
            guard let octets else { return press.finish() }
            for key in TopScreen.Key.all(in: octets) { press.yield(key) }
        }
        return keys
    }
}

extension TopScreen.Key {
    /// Arrows come as three octets.
    static func all(in octets: [UInt8]) -> [TopScreen.Key] {
        var keys: [TopScreen.Key] = []
        var rest = octets[...]
        while let first = rest.first {
            if rest.starts(with: [0x1B, 0x5B]), rest.count >= 3 {
                switch rest[rest.startIndex + 2] {
                case UInt8(ascii: "A"): keys.append(.up)
                case UInt8(ascii: "B"): keys.append(.down)
                default: break
                }
                rest.removeFirst(3)
            } else {
                if first < 0x80 { keys.append(.character(Character(UnicodeScalar(first)))) }
                rest.removeFirst()
            }
        }
        return keys
    }
}
