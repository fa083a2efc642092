// All scanners that are set up, asked at once.
// Must not ask one twice about a message.

/// The scanners of the settings, in their order.
public struct ScannerSet: Sendable {
    /// In the order of the settings.
    public let scanners: [MailScanner]

    /// These scanners; none is a set, too.
    public init(_ scanners: [MailScanner]) { self.scanners = scanners }

    /// Those that look for something.
    public func scanners(for subject: ScanSubject) -> [MailScanner] {
        scanners.filter { $0.subjects.contains(subject) }
    }

    /// A scanner that looks for this and is known to be down, if there is one: so logins can be told.
    public func down(for subject: ScanSubject) -> MailScanner? { scanners(for: subject).first(where: \.isDown) }

    /// Asks those that look for `subject` and are not in `known`, all at once; cancelling the task ends all.
    ///
    /// - Returns: what is known then: `known`, and what was found now.
    public func scan(
        _ source: any ScanSource,
        for subject: ScanSubject,
        _ circumstances: ScanCircumstances = .init(),
        known: Findings = .init()
    ) async -> Findings {
        let asked = scanners(for: subject).filter { known.result(of: $0.name) == nil }
        let results = await withTaskGroup(of: (Int, ScanResult).self) { group in
            for (index, scanner) in asked.enumerated() {
                group.addTask { (index, await scanner.scan(source, circumstances)) }
            }
            return await group.reduce(into: [Int: ScanResult]()) { $0[$1.0] = $1.1 }
        }
        var findings = known
        findings.add(
            Findings(
                asked.enumerated().map { index, scanner in
                    Findings.Finding(
                        scanner: scanner.name,
                        subjects: scanner.subjects,
                        // Each task has put its own in.
                        result: results[index] ?? .unscanned(.cancelled)
                    )
                }
            )
        )
        return findings
    }

    /// A text that is another one when the set, or one in it, would judge otherwise, as far as it can be known.
    ///
    /// - Returns: nil while one of them does not answer: then nothing is known.
    public func fingerprint() async -> String? {
        var parts: [String] = []
        for scanner in scanners {
            guard let print = await scanner.fingerprint() else { return nil }
            parts.append("\(scanner.name)=\(print)")
        }
        return parts.joined(separator: "; ")
    }
}
