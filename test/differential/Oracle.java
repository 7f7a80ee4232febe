import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.PathNotFoundException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONStyle;
import net.minidev.json.JSONValue;
import net.minidev.json.parser.JSONParser;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.runtime.RuntimeConstants;
import org.apache.velocity.runtime.log.NullLogChute;

/**
 * Reads one JSON object a line and answers one a line: {"template", "body", "variables"} is rendered by Apache Velocity 1.7,
 * {"path", "body"} is evaluated by Jayway JsonPath. The answer is {"out": text} or {"error": text}.
 */
public final class Oracle {
  public static final class Input {
    private final String body;

    Input(String body) {
      this.body = body;
    }

    public Object path(String path) {
      try {
        return JsonPath.read(body, path);
      } catch (PathNotFoundException e) {
        return null;
      }
    }

    public String json(String path) {
      Object found = path(path);
      return found == null ? "\"\"" : Oracle.json(found);
    }

    public String getBody() {
      return body;
    }
  }

  public static final class Util {
    public String escapeJavaScript(String text) {
      return StringEscapeUtils.escapeJavaScript(text);
    }

    public Object parseJson(String text) throws Exception {
      return Configuration.defaultConfiguration().jsonProvider().parse(text);
    }

    public String urlEncode(String text) throws Exception {
      return URLEncoder.encode(text, "UTF-8");
    }

    public String urlDecode(String text) throws Exception {
      return URLDecoder.decode(text, "UTF-8");
    }

    public String base64Encode(String text) {
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    public String base64Decode(String text) {
      return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
    }
  }

  private static String render(VelocityEngine engine, String template, String body) throws Exception {
    VelocityContext context = new VelocityContext();
    context.put("input", new Input(body));
    context.put("util", new Util());
    Map<String, Object> variables = new LinkedHashMap<>();
    variables.put("color", "blue");
    context.put("stageVariables", variables);
    StringWriter out = new StringWriter();
    engine.evaluate(context, out, "case", template);
    return out.toString();
  }

  private static String read(String path, String body) {
    return json((Object) JsonPath.read(body, path));
  }

  /** Jayway writes maps and lists only; texts and numbers are written by the same library. */
  private static String json(Object found) {
    if (found instanceof Map || found instanceof List) return Configuration.defaultConfiguration().jsonProvider().toJson(found);
    if (found instanceof Collection) return json(new ArrayList<Object>((Collection<?>) found));
    return JSONValue.toJSONString(found, JSONStyle.LT_COMPRESS);
  }

  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      JSONObject request = (JSONObject) new JSONParser(JSONParser.MODE_PERMISSIVE).parse(line);
      String body = String.valueOf(request.get("body"));
      JSONObject answer = new JSONObject();
      try {
        if (request.containsKey("path")) answer.put("out", read((String) request.get("path"), body));
        else {
          // A fresh engine: macros of one template must not be seen by the next.
          VelocityEngine engine = new VelocityEngine();
          engine.setProperty(RuntimeConstants.RUNTIME_LOG_LOGSYSTEM_CLASS, NullLogChute.class.getName());
          engine.setProperty("directive.foreach.maxloops", "1000");
          engine.setProperty("velocimacro.library", "");
          engine.init();
          answer.put("out", render(engine, (String) request.get("template"), body));
        }
      } catch (Exception | StackOverflowError e) {
        answer.put("error", String.valueOf(e));
      }
      out.println(answer.toJSONString(JSONStyle.LT_COMPRESS));
    }
    out.flush();
  }
}
