/** The sign-in page. */
import { Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import { Brand } from '../ui/icon.tsx'
import { noticeText } from '../ui/notices.ts'
import { Document } from '../ui/page.tsx'
import type { View } from '../ui/view.ts'

type Props = { readonly view: View; readonly returnTo: string; readonly emailAddress?: string; readonly mistake?: Mistake | undefined }

export const SignInPage = ({ view, returnTo, emailAddress = '', mistake }: Props) => (
  <Document view={view} title="Sign in">
    <main class="sign-in">
      <div class="sign-in-card">
        <p class="sign-in-brand">
          <Brand />
          Posthaste
        </p>
        <h1>Sign in</h1>
        {view.notice && (
          <p class="notice notice-good" role="status">
            {noticeText(view.notice)}
          </p>
        )}
        <FormMistake mistake={mistake} />
        <form method="post" action="/login" class="form">
          <FormToken view={view} />
          <input type="hidden" name="return_to" value={returnTo} />
          <Field
            name="email_address"
            label="E-mail address"
            control={(ids) => (
              <input {...ids} type="email" name="email_address" value={emailAddress} autocomplete="username" required maxlength={320} />
            )}
          />
          <Field
            name="password"
            label="Password"
            control={(ids) => <input {...ids} type="password" name="password" autocomplete="current-password" required maxlength={1024} />}
          />
          <label class="tick">
            <input type="checkbox" name="remember" value="yes" />
            Stay signed in on this device for two months
          </label>
          <button class="button button-main" type="submit">
            Sign in
          </button>
        </form>
      </div>
    </main>
  </Document>
)
