"""Drives a headless Chromium over its DevTools protocol, with a pipe: messages are JSON, each ended
by a NUL, and go in at its descriptor 3 and out at 4."""
import base64
import json
import os
import select
import shutil
import subprocess
import time

TIMEOUT_SECONDS = 60
PROGRAMS = ('chromium', 'chromium-browser', 'google-chrome')


def installed():
    """Its path, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """One page.  What goes wrong in it is kept in `errors`."""

    def __init__(self, folder):
        to_browser, self.send_end = os.pipe()
        self.receive_end, from_browser = os.pipe()
        # Two duplicates far up, so that neither is in the way of 3 and 4.
        up = [os.dup2(end, number, inheritable=False)
              for end, number in ((to_browser, 100), (from_browser, 101))]
        os.close(to_browser)
        os.close(from_browser)

        def place():
            os.dup2(up[0], 3)
            os.dup2(up[1], 4)

        # As root there is no sandbox to be had, and it shows nothing but our own page.
        self.process = subprocess.Popen(
            [installed(), '--headless=new', '--remote-debugging-pipe', '--no-sandbox', '--disable-gpu',
             '--disable-dev-shm-usage', '--no-first-run', '--hide-scrollbars', f'--user-data-dir={folder}',
             'about:blank'],
            preexec_fn=place, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for end in up:
            os.close(end)
        self.buffer, self.last, self.errors, self.session = b'', 0, [], None
        targets = self.call('Target.getTargets')['targetInfos']
        page = next(t for t in targets if t['type'] == 'page')
        self.session = self.call('Target.attachToTarget', targetId=page['targetId'], flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log'):
            self.call(f'{domain}.enable')

    def close(self):
        self.session = None
        try:
            self.call('Browser.close')
            self.process.wait(timeout=10)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.send_end)
        os.close(self.receive_end)

    def call(self, method, **parameters):
        self.last += 1
        message = {'id': self.last, 'method': method, 'params': parameters}
        if self.session:
            message['sessionId'] = self.session
        os.write(self.send_end, json.dumps(message).encode() + b'\0')
        while True:
            answer = self.receive()
            if answer.get('id') != self.last:
                self.event(answer)
                continue
            assert 'error' not in answer, f'{method}: {answer["error"]}'
            return answer['result']

    def receive(self):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while b'\0' not in self.buffer:
            ready, _, _ = select.select([self.receive_end], [], [], deadline - time.monotonic())
            assert ready, 'the browser does not answer'
            part = os.read(self.receive_end, 1 << 20)
            assert part, 'the browser has ended'
            self.buffer += part
        message, _, self.buffer = self.buffer.partition(b'\0')
        return json.loads(message)

    def event(self, message):
        what, of = message.get('method'), message.get('params', {})
        if what == 'Runtime.exceptionThrown':
            self.errors.append(str(of['exceptionDetails'].get('exception', {}).get('description')))
        elif what == 'Runtime.consoleAPICalled' and of['type'] in ('error', 'warning', 'assert'):
            self.errors.append(str([a.get('value') for a in of['args']]))
        elif what == 'Log.entryAdded' and of['entry']['level'] in ('error', 'warning'):
            self.errors.append(of['entry']['text'])

    def open(self, url):
        self.call('Page.navigate', url='about:blank')
        self.call('Page.navigate', url=url)
        for _ in range(500):
            if self.run('location.href !== "about:blank" && document.readyState') == 'complete':
                return
            time.sleep(0.02)
        raise AssertionError(f'{url} is never complete')

    def run(self, script):
        """The value of an expression in the page; an exception there is one here."""
        answer = self.call('Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True)
        assert 'exceptionDetails' not in answer, f'{script}: {answer["exceptionDetails"]}'
        return answer['result'].get('value')

    def screen(self, width, height, dark=False):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        self.call('Emulation.setEmulatedMedia',
                  features=[{'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}])

    def click(self, selector):
        """Where its middle is on the screen, as a hand would."""
        where = self.run(f'''(() => {{
          const element = document.querySelector({json.dumps(selector)});
          element.scrollIntoView({{block: 'center'}});
          const box = element.getBoundingClientRect();
          return [box.left + box.width / 2, box.top + box.height / 2];
        }})()''')
        for kind in ('mousePressed', 'mouseReleased'):
            self.call('Input.dispatchMouseEvent', type=kind, x=where[0], y=where[1], button='left', clickCount=1)

    def press(self, key, text=None, shift=False):
        codes = {'Tab': 9, 'Enter': 13, 'Escape': 27, 'End': 35, 'Home': 36, 'ArrowLeft': 37, 'ArrowUp': 38,
                 'ArrowRight': 39, 'ArrowDown': 40}
        text = text or ('\r' if key == 'Enter' else None)
        parameters = {'key': key, 'code': key, 'windowsVirtualKeyCode': codes.get(key, 0),
                      'modifiers': 8 if shift else 0}
        if text:
            parameters['text'] = text
        self.call('Input.dispatchKeyEvent', type='keyDown' if text else 'rawKeyDown', **parameters)
        parameters.pop('text', None)
        self.call('Input.dispatchKeyEvent', type='keyUp', **parameters)

    def write(self, text):
        self.call('Input.insertText', text=text)

    def picture(self, path, whole=False):
        data = self.call('Page.captureScreenshot', format='png', captureBeyondViewport=whole)['data']
        with open(path, 'wb') as file:
            file.write(base64.b64decode(data))
