// The steps for programs: one JSON object.

/// What `popsieve doctor --json` prints.
struct DoctorReport: Encodable {
    struct Step: Encodable {
        let step: String
        let subject: String?
        let result: String
        let milliseconds: Double?
        let sentence: String
        let remedy: String?
    }

    let v = 1
    /// The worst of its steps: `ok`, `warning` or `failed`.
    let result: String
    let account: String?
    let milliseconds: Double
    let steps: [Step]

    init(_ examination: Examination, account: String?, _ duration: Duration) {
        result = examination.has(.failed) ? "failed" : examination.has(.warning) ? "warning" : "ok"
        self.account = account
        milliseconds = duration.inMilliseconds
        steps = examination.steps.map { step in
            Step(
                step: step.name,
                subject: step.subject,
                result: step.result.rawValue,
                milliseconds: step.duration?.inMilliseconds,
                sentence: step.sentence,
                remedy: step.remedy
            )
        }
    }
}

extension Duration {
    /// To a thousandth.
    fileprivate var inMilliseconds: Double { (self / .microseconds(1)).rounded() / 1_000 }
}
